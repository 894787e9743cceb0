/// What one request may take.
package struct SandboxLimits: Sendable, Equatable {
  /// Processor seconds of the child; held by the kernel (RLIMIT_CPU).
  package var processorSeconds: Int
  /// Seconds by the clock until the parent gives the child up.
  package var seconds: Double
  /// Bytes of address space beyond what an idle child has; held by the kernel (RLIMIT_AS).
  package var memory: Int

  package init(processorSeconds: Int, seconds: Double, memory: Int) {
    self.processorSeconds = processorSeconds
    self.seconds = seconds
    self.memory = memory
  }
}
