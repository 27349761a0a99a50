# gr_embed(target symbol file...): compiles files into `target` as a table
#   const struct embedded_file symbol[]; const size_t symbol_count;   (base/embedded.h)
# in the order given. The caller declares both `extern`. A changed file is built in again.
if(CMAKE_SCRIPT_MODE_FILE)
  # Run as: cmake -DSYMBOL=s -DOUT=x.c "-DFILES=a;b" -P GrEmbed.cmake
  set(arrays "")
  set(rows "")
  set(number 0)
  foreach(path IN LISTS FILES)
    get_filename_component(name "${path}" NAME)
    file(READ "${path}" hex HEX)
    string(LENGTH "${hex}" digits)
    math(EXPR length "${digits} / 2")
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
    string(REGEX REPLACE "(0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,)" "\\1\n" bytes "${bytes}")
    string(APPEND arrays "static const unsigned char file_${number}[] = {\n${bytes}0};\n")
    string(APPEND rows "    {\"${name}\", file_${number}, ${length}},\n")
    math(EXPR number "${number} + 1")
  endforeach()
  file(WRITE "${OUT}"
"/* Made by scripts/cmake/GrEmbed.cmake; not for editing. */
#include \"base/embedded.h\"
extern const struct embedded_file ${SYMBOL}[];
extern const size_t ${SYMBOL}_count;
${arrays}const struct embedded_file ${SYMBOL}[] = {
${rows}    {0, 0, 0}};
const size_t ${SYMBOL}_count = ${number};
")
  return()
endif()

set(GR_EMBED_SCRIPT "${CMAKE_CURRENT_LIST_FILE}")
function(gr_embed target symbol)
  set(paths "")
  foreach(file IN LISTS ARGN)
    get_filename_component(path "${file}" ABSOLUTE)
    list(APPEND paths "${path}")
  endforeach()
  set(out "${CMAKE_CURRENT_BINARY_DIR}/${symbol}.c")
  add_custom_command(OUTPUT "${out}"
    COMMAND "${CMAKE_COMMAND}" "-DSYMBOL=${symbol}" "-DOUT=${out}" "-DFILES=${paths}" -P "${GR_EMBED_SCRIPT}"
    DEPENDS ${paths} "${GR_EMBED_SCRIPT}" VERBATIM)
  target_sources(${target} PRIVATE "${out}")
endfunction()
