import Diffusion
import Files
import Models

/// The small files around the transformer that say how to make video from it.
package enum ExportParts {
  /// diffusers' `FlowMatchEulerDiscreteScheduler`. Give its `set_timesteps` the sigmas 1 − i/steps: its own default
  /// stops short of them.
  package static func scheduler(_ sampler: SamplerSettings) -> Value {
    [
      "_class_name": "FlowMatchEulerDiscreteScheduler", "_diffusers_version": "0.42.1", "base_image_seq_len": 256,
      "base_shift": 0.5, "invert_sigmas": false,
      "max_image_seq_len": 4096, "max_shift": 1.15, "num_train_timesteps": 1000, "shift": .number(sampler.shift),
      "shift_terminal": nil, "stochastic_sampling": false,
      "time_shift_type": "exponential", "use_beta_sigmas": false, "use_dynamic_shifting": false,
      "use_exponential_sigmas": false, "use_karras_sigmas": false,
    ]
  }

  package static func codec(_ spec: WorldModel.Spec) -> Value {
    var value = spec.codec.value
    value.set("channels", Value(spec.codec.channels))
    value.set("values", "(byte/255 - mean)/deviation")
    value.set(
      "latent_channel",
      "((t*space + row)*space + column)*3 + colour, of the block of time x space x space pixels one latent pixel holds")
    if spec.codec.kind == .haar {
      value.set(
        "transform",
        "orthonormal Haar to the last level along time, then rows, then columns: (a+b)/sqrt(2) to the front half, (a-b)/sqrt(2) behind, then again on the front half"
      )
    }
    value.set("objective", spec.objective.value)
    value.set(
      "velocity",
      spec.objective.prediction == .x0
        ? "the transformer puts out x0; v = (x - x0)/sigma, zero where sigma is 0"
        : "the transformer puts out v = noise - x0")
    value.set(
      "timestep",
      "1000*sigma a token; tokens run over frames, then rows, then columns; given frames are clean and have 0")
    return value
  }
}
