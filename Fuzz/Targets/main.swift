import CFuzzer
import Glibc

// usage: fuzz TARGET [libFuzzer's own options]; without arguments, prints the names of the targets.
guard CommandLine.argc > 1, Target.chosen != nil else {
    for target in Target.all { print(target.name) }
    exit(CommandLine.argc > 1 ? 64 : 0)
}
// For libFuzzer, the target's name takes the place of the program's name.
var count = CommandLine.argc - 1
var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = unsafe CommandLine.unsafeArgv + 1
exit(
    unsafe LLVMFuzzerRunDriver(&count, &arguments) { bytes, count in
        unsafe Target.chosen?.run(Array(UnsafeBufferPointer(start: bytes, count: count)))
        return 0
    })
