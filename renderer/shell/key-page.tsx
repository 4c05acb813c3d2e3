import { LogoMark } from '../design/logo-mark.tsx';

/** Shown instead of everything else when the page has no key, or one that Greenlight refuses. */
export function KeyPage({ refused }: { refused: boolean }) {
  return (
    <main className="mx-auto flex min-h-dvh max-w-[30rem] flex-col justify-center gap-4 px-6 pb-24">
      <LogoMark />
      <h1 className="text-xl font-semibold tracking-[-0.01em]">
        {refused ? 'This page’s key is no longer valid' : 'This page needs its key'}
      </h1>
      <p>
        Open the address that Greenlight printed when it started. It ends in{' '}
        <code className="font-mono">#key=…</code> and lets only you in.
      </p>
      <p className="text-muted">
        {refused
          ? 'Greenlight makes a new key each time it starts; an address from an earlier start does not open it any more.'
          : 'The key is kept for this tab only, so a new tab needs the whole address again.'}
      </p>
    </main>
  );
}
