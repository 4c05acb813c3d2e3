/** Hands the text of a policy to the person as a file named after the policy. */
export function downloadPolicy(name: string, text: string): void {
  const stem = name
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, '-')
    .replaceAll(/^-+|-+$/g, '');
  const url = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = `${stem || 'policy'}.json`;
  link.click();
  // The download has begun by then; the address must not stay for good.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
