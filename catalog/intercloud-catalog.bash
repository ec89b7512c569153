# SPDX-License-Identifier: Apache-2.0
# Completion of intercloud-catalog in bash: commands and options as the program's own --help
# lists them, file names for everything else.

# The first column of a help text's list: what stands below the heading $1.
_intercloud_catalog_column() {
    sed -n "/^$1:\$/,/^\$/s/^  \\(--\\)\\{0,1\\}\\([a-z][a-z -]*[a-z]\\)\\( .*\\|\\[.*\\|\\)\$/\\1\\2/p" |
        sed 's/  .*//; s/\[.*//; s/^\(--[a-z-]*\).*/\1/'
}

_intercloud_catalog() {
    local program=${COMP_WORDS[0]} current=${COMP_WORDS[COMP_CWORD]} words=() i
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
        --db | --ontology) [ ${#words[@]} -gt 0 ] || ((i++)) ;;
        -*) ;;
        *) words+=("${COMP_WORDS[i]}") ;;
        esac
    done
    local commands
    commands=$("$program" --help 2>/dev/null </dev/null | _intercloud_catalog_column Commands)
    local command=${words[0]-}
    if [ ${#words[@]} -gt 1 ] && grep -qxF "${words[0]} ${words[1]}" <<<"$commands"; then
        command="${words[0]} ${words[1]}"
    fi

    local candidates=""
    if [ -z "$command" ]; then
        candidates=$(sed 's/ .*//' <<<"$commands" | sort -u)
        [[ $current != -* ]] || candidates=$("$program" --help 2>/dev/null </dev/null |
            _intercloud_catalog_column "Options in front of the command")
    elif [[ $current == -* ]]; then
        # shellcheck disable=SC2086 # a command may be two words
        candidates=$("$program" $command --help 2>/dev/null </dev/null |
            _intercloud_catalog_column Options)
    elif [ ${#words[@]} = 1 ]; then
        candidates=$(sed -n "s/^$command \\(.*\\)/\\1/p" <<<"$commands")
    fi
    mapfile -t COMPREPLY < <(compgen -W "$candidates" -- "$current")
}

complete -o default -F _intercloud_catalog intercloud-catalog
