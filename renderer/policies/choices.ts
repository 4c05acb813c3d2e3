/** What may be chosen for a tool, or for the tools of a category, as segments. */
export const CHOICES = [
  { id: 'allow', label: 'Allow', tone: 'accent' },
  { id: 'ask', label: 'Ask', tone: 'warn' },
  { id: 'deny', label: 'Deny', tone: 'bad' },
  { id: 'hide', label: 'Hide' },
  { id: 'custom', label: 'Custom' },
] as const;
