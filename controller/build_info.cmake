# Writes build_info.h when its content changes; run at each build, so that the commit is true.
# Takes SOURCE_DIR, OUTPUT, BUILD_TYPE, COMPILER, LIBRARIES ("name=version;…") and COMMIT (asked of Git
# when empty).
set(commit unknown)
find_package(Git QUIET)
if(COMMIT)
  set(commit ${COMMIT})
elseif(GIT_FOUND AND EXISTS ${SOURCE_DIR}/.git)
  execute_process(COMMAND ${GIT_EXECUTABLE} -C ${SOURCE_DIR} rev-parse --short=12 HEAD
    OUTPUT_VARIABLE head OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE failed ERROR_QUIET)
  if(NOT failed)
    set(commit ${head})
    execute_process(COMMAND ${GIT_EXECUTABLE} -C ${SOURCE_DIR} diff-index --quiet HEAD --
      RESULT_VARIABLE changed ERROR_QUIET)
    if(changed)
      string(APPEND commit "-changed")
    endif()
  endif()
endif()
if(NOT BUILD_TYPE)
  set(BUILD_TYPE none)
endif()
set(rows)
foreach(pair ${LIBRARIES})
  string(REPLACE "=" ";" pair ${pair})
  list(GET pair 0 name)
  list(GET pair 1 version)
  list(APPEND rows "{\"${name}\", \"${version}\"}")
endforeach()
list(JOIN rows ", " rows)
set(text "/* Made by build_info.cmake. */
#define SK_BUILD_COMMIT \"${commit}\"
#define SK_BUILD_TYPE \"${BUILD_TYPE}\"
#define SK_BUILD_COMPILER \"${COMPILER}\"
#define SK_BUILD_LIBRARIES ${rows}
")
if(EXISTS ${OUTPUT})
  file(READ ${OUTPUT} old)
endif()
if(NOT text STREQUAL "${old}")
  file(WRITE ${OUTPUT} "${text}")
endif()
