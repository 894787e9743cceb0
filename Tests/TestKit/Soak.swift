import Foundation
import Testing

extension Trait where Self == ConditionTrait {
  /// For what takes longer than a test should; `make soak` runs it.
  package static var soak: Self {
    .enabled(if: ProcessInfo.processInfo.environment["ORRERY_SOAK"] != nil, "it takes long: make soak")
  }
}
