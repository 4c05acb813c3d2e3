/**
 * Bytes that may be held at once of answers, being read or waiting for clients that do not read: thirty-two of the
 * largest. As many again of requests.
 */
const MOST_HELD = 128 * 1024 * 1024;

/** Bytes of each answer, and of each request, that are not counted: whoever holds much must not stop what is small. */
export const FREE = { answer: 256 * 1024, request: 16 * 1024 };

/** What one answer, or one request, holds of the memory that all share. */
export interface Held {
  /** Says how many bytes it holds now; `false`: that is more than there is room for, and nothing is changed. */
  set(bytes: number): boolean;
  /** It holds nothing any more, whatever comes after. */
  end(): void;
}

/**
 * The memory that all answers share, or all requests: no grant has more than half of it, so that none can use it up
 * for others. Of each, `free` bytes are not counted.
 */
export function createHeldBytes(free: number): { open(grantId: string): Held } {
  const byGrant = new Map<string, number>();
  let all = 0;
  return {
    /** An answer for `grantId`, or a request of it, which holds nothing yet. */
    open(grantId: string): Held {
      let own = 0;
      let ended = false;
      function set(bytes: number): boolean {
        if (ended) return true;
        const more = Math.max(0, bytes - free) - own;
        const granted = (byGrant.get(grantId) ?? 0) + more;
        if (more > 0 && (all + more > MOST_HELD || granted > MOST_HELD / 2)) return false;
        own += more;
        all += more;
        if (granted > 0) byGrant.set(grantId, granted);
        else byGrant.delete(grantId);
        return true;
      }
      return {
        set,
        end() {
          set(0);
          ended = true;
        },
      };
    },
  };
}
