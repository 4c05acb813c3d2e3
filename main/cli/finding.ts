/** What `doctor` says of one thing. `unknown`: it could not be looked at, or needs nobody. */
export interface Finding {
  check: string;
  state: 'ok' | 'wrong' | 'unknown';
  /** What is the case. */
  what: string;
  /** What to do; absent where `what` says it, or nothing is to be done. */
  todo?: string;
}

const finding =
  (state: Finding['state']) =>
  (check: string, what: string, todo?: string): Finding => ({
    check,
    state,
    what,
    ...(todo !== undefined && { todo }),
  });

export const ok = finding('ok');
export const wrong = finding('wrong');
export const unknown = finding('unknown');
