/** A policy made ready to judge calls; built by `parsePolicy`, opaque to everyone else. */
export interface CompiledPolicy {
  readonly kind: 'compiled policy';
}
