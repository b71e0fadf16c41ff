# Warnings, sanitizers and hardening: one interface target that every target of ours links.
add_library(sk_options INTERFACE)
target_compile_options(sk_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla
  -Wformat=2 -Wundef -Wwrite-strings -Wswitch-enum -Wimplicit-fallthrough
  $<$<C_COMPILER_ID:GNU>:-Wjump-misses-init -Wlogical-op>
  $<$<BOOL:${SK_WERROR}>:-Werror>
  -fno-common -fvisibility=hidden)
target_compile_definitions(sk_options INTERFACE _GNU_SOURCE SK_VERSION="${PROJECT_VERSION}")

if(SK_SANITIZE)
  # -O1, as the sanitizers' manual suggests: the checks stay, and the tests take half as long.
  target_compile_options(sk_options INTERFACE -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(sk_options INTERFACE -fsanitize=address,undefined)
endif()
if(SK_FUZZ)
  target_compile_options(sk_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Release" OR CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo")
  target_compile_options(sk_options INTERFACE -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE)
  target_link_options(sk_options INTERFACE -pie -Wl,-z,relro,-z,now)
endif()
