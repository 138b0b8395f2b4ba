import CFuzzer
import Glibc

// usage: fuzz TARGET [libFuzzer's own options]; without a target: their names.
guard CommandLine.argc > 1, Target.chosen != nil else {
    for target in Target.all { print(target.name) }
    exit(CommandLine.argc > 1 ? 64 : 0)
}
// The program's name is in front for libFuzzer, too.
var count = CommandLine.argc - 1
var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = unsafe CommandLine.unsafeArgv + 1
exit(
    unsafe LLVMFuzzerRunDriver(&count, &arguments) { bytes, count in
        unsafe Target.chosen?.run(Array(UnsafeBufferPointer(start: bytes, count: count)))
        return 0
    })
