# gr_flags: what every target of ours is compiled with. Targets only, nothing global.
option(GR_WERROR "Treat warnings as errors" ON)
set(GR_SANITIZE "" CACHE STRING "Sanitizers, e.g. address,undefined or thread")
option(GR_COVERAGE "Instrument for line and branch coverage" OFF)
option(GR_FUZZ "Build the libFuzzer targets (clang only)" OFF)

add_library(gr_flags INTERFACE)
target_compile_features(gr_flags INTERFACE c_std_17)
target_compile_definitions(gr_flags INTERFACE _GNU_SOURCE GR_VERSION="${PROJECT_VERSION}")
target_include_directories(gr_flags INTERFACE "${PROJECT_SOURCE_DIR}/src")
target_compile_options(gr_flags INTERFACE
  -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition
  -Wpointer-arith -Wcast-qual -Wwrite-strings -Wvla -Wundef -Wconversion -Wno-sign-conversion
  -Wformat=2 -fno-common -fno-math-errno -ffp-contract=off -fstack-protector-strong -fPIE)
target_link_options(gr_flags INTERFACE -pie -Wl,-z,relro,-z,now)
if(GR_WERROR)
  target_compile_options(gr_flags INTERFACE -Werror)
endif()
if(GR_SANITIZE)
  target_compile_options(gr_flags INTERFACE -fsanitize=${GR_SANITIZE} -fno-omit-frame-pointer
                         -fno-sanitize-recover=all)
  target_link_options(gr_flags INTERFACE -fsanitize=${GR_SANITIZE})
elseif(CMAKE_BUILD_TYPE MATCHES "Rel")
  target_compile_options(gr_flags INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
endif()
if(GR_COVERAGE)
  target_compile_options(gr_flags INTERFACE --coverage -fprofile-update=atomic)
  target_link_options(gr_flags INTERFACE --coverage)
endif()
if(GR_FUZZ)
  target_compile_options(gr_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
