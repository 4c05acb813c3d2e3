import { saveFile } from '../design/save-file.ts';

/** Hands the text of a policy to the person as a file named after the policy. */
export function downloadPolicy(name: string, text: string): void {
  const stem = name
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, '-')
    .replaceAll(/^-+|-+$/g, '');
  saveFile(`${stem || 'policy'}.json`, new Blob([text], { type: 'application/json' }));
}
