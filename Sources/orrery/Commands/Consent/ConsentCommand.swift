import ArgumentParser
import Consent

struct ConsentCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "consent", abstract: "Who granted what, and what became of it.",
    subcommands: [
      ConsentKeygenCommand.self, ConsentTrustCommand.self, ConsentInitCommand.self, ConsentGrantCommand.self,
      ConsentSignCommand.self, ConsentCountersignCommand.self, ConsentVerifyCommand.self, ConsentCheckCommand.self,
      ConsentDiffCommand.self, ConsentRevokeCommand.self, ConsentImpactCommand.self, ConsentPlanRetrainCommand.self,
      ConsentLedgerCommand.self, ConsentRoyaltiesCommand.self, ConsentVerifyProofCommand.self,
      ConsentReportCommand.self,
    ])
}

extension Action: ExpressibleByArgument {}
extension Basis: ExpressibleByArgument {}
extension UnvouchedPart: ExpressibleByArgument {}
extension WeightsTerms: ExpressibleByArgument {}
extension OutputsTerms: ExpressibleByArgument {}
