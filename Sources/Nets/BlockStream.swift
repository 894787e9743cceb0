import Files

/// Weights that are read from their file block by block, forward and then backward: while one computes the next is
/// fetched, and the one before gives its memory back. What a computation gives does not depend on it.
final class BlockStream {
  private let blocks: [[Safetensors.Entry]]
  private let file: Safetensors
  private var held: Set<Int> = [], last: Int?

  init(_ blocks: [[Safetensors.Entry]], _ file: Safetensors) { (self.blocks, self.file) = (blocks, file) }

  /// The block after `block`, as the walk goes: up, from the last one down, and up again.
  private func next(_ block: Int) -> Int? {
    let goesUp = block == 0 || last.map { block > $0 } ?? true, next = goesUp ? block + 1 : block - 1
    // From the last one the walk may go down, or begin again.
    return blocks.indices.contains(next) ? next : nil
  }

  func enter(_ block: Int) {
    guard blocks.indices.contains(block) else { return }
    let next = next(block), wanted = Set([block] + (next.map { [$0] } ?? []))
    for done in held.subtracting(wanted) { blocks[done].forEach(file.forget) }
    for fresh in wanted.subtracting(held) { blocks[fresh].forEach(file.expect) }
    (held, last) = (wanted, block)
  }
}
