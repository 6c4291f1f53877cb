// Lets the compiler build a plain loop several times, for newer instruction sets too, and pick one when the program
// starts. Where the toolchain cannot do that the loop is built once, for the machine the build is meant for.
#pragma once

#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define DEEPVIS_MULTIVERSION __attribute__((target_clones("arch=skylake-avx512", "arch=haswell", "default")))
#else
#define DEEPVIS_MULTIVERSION
#endif
