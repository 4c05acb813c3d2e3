/** Hands `content` to the person as a file, to be saved where they choose. */
export function saveFile(filename: string, content: Blob): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = url;
  link.download = filename;
  link.click();
  // The download has its own hold on the content once it began; the address must not stay for good.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
