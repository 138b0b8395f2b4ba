#pragma once

/// A program that links this module wipes all heap memory that it frees. The page's secrets pass through libraries whose
/// buffers and strings are not ours to wipe.
///
/// Returns 1. Call it once, so that the linker keeps the module.
int postern_wipes_freed_memory(void);
