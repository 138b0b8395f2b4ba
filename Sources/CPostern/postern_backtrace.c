// The Swift runtime's backtracer: at each start its constructor looks for a program in eight places, and its signal handlers
// would print memory. The symbols by which the linker would take it from the runtime's library are defined here instead.

/// The settings, of which the runtime reads whether backtraces are on: all zero, which is off.
__attribute__((visibility("hidden"))) char _swift_backtraceSettings[256];

/// Whether a function is one that backtraces leave out.
__attribute__((visibility("hidden"))) _Bool _swift_backtrace_isThunkFunction(const char *name) {
    (void)name;
    return 0;
}
