# Third-party libraries (found here only) and the two functions that make our folders into targets.
find_package(PkgConfig REQUIRED)
foreach(pair
    "jansson;jansson" "openssl;libcrypto" "uv;libuv" "curl;libcurl" "xml2;libxml-2.0"
    "yaml;yaml-0.1" "git2;libgit2" "sqlite3;sqlite3")
  list(GET pair 0 name)
  list(GET pair 1 module)
  pkg_check_modules(${name} REQUIRED IMPORTED_TARGET ${module})
endforeach()
if(SK_TESTS)
  pkg_check_modules(cmocka REQUIRED IMPORTED_TARGET cmocka)
endif()

# sk_library(NAME DIRECTORY SOURCES … DEPENDS …)
# Headers are included as "<folder>/<header>.h". Each target sees its own folder and those of the
# targets it links, through one symlink per folder, so that an include against the layering fails.
function(sk_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;DEPENDS;PRIVATE" ${ARGN})
  get_filename_component(folder ${CMAKE_CURRENT_SOURCE_DIR} NAME)
  set(include_dir ${CMAKE_BINARY_DIR}/include/${folder})
  file(MAKE_DIRECTORY ${include_dir})
  file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR} ${include_dir}/${folder} SYMBOLIC)
  add_library(${name} STATIC ${arg_SOURCES})
  target_include_directories(${name} PUBLIC ${include_dir})
  target_link_libraries(${name} PUBLIC ${arg_DEPENDS} PRIVATE sk_options ${arg_PRIVATE})
  set_property(GLOBAL APPEND PROPERTY SK_LIBRARIES ${name})

  # Every header must compile alone.
  file(GLOB_RECURSE headers CONFIGURE_DEPENDS RELATIVE ${CMAKE_CURRENT_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR}/*.h)
  set(checks)
  foreach(header ${headers})
    string(MAKE_C_IDENTIFIER ${header} base)
    set(check ${CMAKE_CURRENT_BINARY_DIR}/header_alone/${base}.c)
    file(GENERATE OUTPUT ${check} CONTENT "#include \"${folder}/${header}\"\ntypedef int sk_header_alone_${base};\n")
    list(APPEND checks ${check})
  endforeach()
  if(checks)
    add_library(${name}_headers OBJECT ${checks})
    target_include_directories(${name}_headers PRIVATE ${include_dir})
    target_link_libraries(${name}_headers PRIVATE ${arg_DEPENDS} ${arg_PRIVATE} sk_options)
  endif()
endfunction()

# sk_unit_test(NAME LIBRARIES …): tests/unit/test_NAME.c as one CTest case with label "unit".
function(sk_unit_test name)
  add_executable(test_${name} test_${name}.c)
  target_link_libraries(test_${name} PRIVATE ${ARGN} sk_options PkgConfig::cmocka)
  target_include_directories(test_${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests/unit)
  target_compile_definitions(test_${name} PRIVATE SK_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  add_test(NAME unit_${name} COMMAND test_${name})
  set_tests_properties(unit_${name} PROPERTIES LABELS unit TIMEOUT 120)
endfunction()
