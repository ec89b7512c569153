# SPDX-License-Identifier: Apache-2.0
# The exchange at work: `make demo` runs it once, `make run` keeps it. Both install missing packages
# and build first; the scripts say what they do.
.PHONY: demo run
demo: ready ## a private server and exchange, the clouds of data/, the paper's request and answer
	@BUILD="$(abspath $(BUILD))" xmpp-frontend/private/demo.sh
run: ready ## the same exchange, kept until Ctrl-C, with what to paste into another terminal
	@BUILD="$(abspath $(BUILD))" xmpp-frontend/private/run.sh
