import Credentials
import Files
import Foundation

/// The `.c2pa` file beside exported weights: what they were made from, bound to every byte of the safetensors file.
public enum CredentialSidecar {
  /// - Parameter weights: the safetensors file, at the place where its sidecar is to stand.
  public static func write(
    _ weights: String, _ origin: CredentialOrigin, facts: [Value.Field], home: HomeFolder?
  ) throws {
    let signer = try CredentialsFolder.required(home).signer()
    let credential = Credential(
      title: (weights as NSString).lastPathComponent, format: "application/octet-stream", generator: Build.generator,
      source: .weights,
      ingredients: origin.trainingIngredients, assertions: [TrainingMining.withheld, origin.assertion(facts)])
    try Sidecar.write(for: weights, credential, by: signer)
  }
}
