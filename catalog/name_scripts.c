/* SPDX-License-Identifier: Apache-2.0 */
/* Names that mix scripts, by ICU's spoof checker (UTS #39). */
#include <unicode/uspoof.h>
#include <unicode/ustring.h>

#include "names.h"

enum ic_status ic_name_scripts(const char *name, struct ic_error *error)
{
    UErrorCode code = U_ZERO_ERROR;
    USpoofChecker *checker = uspoof_open(&code);
    uspoof_setChecks(checker, USPOOF_RESTRICTION_LEVEL | USPOOF_MIXED_NUMBERS, &code);
    uspoof_setRestrictionLevel(checker, USPOOF_MODERATELY_RESTRICTIVE);
    const int32_t found = uspoof_check2UTF8(checker, name, -1, NULL, &code);
    uspoof_close(checker);
    if (U_FAILURE(code))
        return ic_fail(error, IC_IO, "cannot check the scripts of \"%.200s\": %s", name,
                       u_errorName(code));
    if (found & USPOOF_RESTRICTION_LEVEL)
        return ic_fail(error, IC_BAD_INPUT,
                       "the name \"%.200s\" mixes letters of several scripts, which makes it "
                       "look like another name; write it in one script",
                       name);
    if (found & USPOOF_MIXED_NUMBERS)
        return ic_fail(error, IC_BAD_INPUT,
                       "the name \"%.200s\" mixes digits of several scripts, which makes it "
                       "look like another name; write digits of one kind",
                       name);
    return IC_OK;
}
