# SPDX-License-Identifier: Apache-2.0
# What Doxygen reads of a page: it begins with its title, which is plain text, and a block's language is one word. Outside of blocks,
# links to what is no page of the site are plain text, and those into a page lead to its top.
1s/^<!-- SPDX.*//
s/^\( *```[a-z]*\) .*$/\1/
/^ *```/,/^ *```$/b
/^# /s/`//g
s/\(\.md\)#[^)]*)/\1)/g
s/\[\([^]]*\)\](#[^)]*)/\1/g
s/\[\([^]]*\)\](\([^):]*[^):d]\|[^):]*[^):m]d\|[^):]*[^.):]md\))/\1/g
