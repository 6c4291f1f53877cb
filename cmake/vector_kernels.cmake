# The vector kernels' inner loops, compiled once for every instruction set; the program picks one when it starts.
#
# These files may leave no inline function of the standard library behind (native/cpu/vector/isa/lanes.hpp says why), so
# they get no precompiled headers, and a test looks through what was compiled.
file(GLOB DEEPVIS_KERNELS CONFIGURE_DEPENDS native/cpu/vector/isa/*.cpp)

function(deepvis_add_kernels isa)
  add_library(deepvis_kernels_${isa} OBJECT ${DEEPVIS_KERNELS})
  target_include_directories(deepvis_kernels_${isa} PRIVATE native)
  target_compile_definitions(deepvis_kernels_${isa} PRIVATE DEEPVIS_ISA=${isa})
  # A square root of a negative number may be NaN without a word to errno.
  target_compile_options(deepvis_kernels_${isa} PRIVATE
    ${DEEPVIS_WARNINGS} -fno-math-errno -fno-trapping-math $<$<CONFIG:Release>:-O3> ${ARGN})
  target_sources(deepvis_engine PRIVATE $<TARGET_OBJECTS:deepvis_kernels_${isa}>)
endfunction()

deepvis_add_kernels(baseline)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64)$")
  deepvis_add_kernels(avx2 -mavx2 -mfma -mf16c)
  deepvis_add_kernels(avx512 -mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx2 -mfma -mf16c -mprefer-vector-width=512)
  target_compile_definitions(deepvis_engine PRIVATE DEEPVIS_X86_KERNELS)
endif()
