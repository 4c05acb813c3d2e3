import { LogIn } from 'lucide-react';
import { useState } from 'react';
import type { SignIn as Standing } from '../../shared/contract.ts';
import { momentWords } from '../../shared/when.ts';
import { AgentText } from '../design/agent-text.tsx';
import { Button } from '../design/button.tsx';
import { OpenDialog } from '../design/open-dialog.tsx';
import { ErrorState, Spinner } from '../design/states.tsx';
import { useCall } from '../store/use-method.ts';
import { hostNow } from '../text/clock.ts';
import { ForgetDialog } from './forget-dialog.tsx';

interface SignInProps {
  /** Whose upstream it is. */
  server: string;
  /** Absent while this upstream is not the one in use. */
  standing: Standing | undefined;
  /** Makes it the one in use; false where that failed, which is shown. */
  prepare: () => Promise<boolean>;
  /** The person was sent to the page, or left the question. */
  onDone: () => void;
}

/** Signing in to the upstream in the browser, in place of a token. */
export function SignIn({ server, standing, prepare, onDone }: SignInProps) {
  const begin = useCall('upstream.signIn');
  const [preparing, setPreparing] = useState(false);
  const [page, setPage] = useState<string>();
  const [leaving, setLeaving] = useState(false);
  const signedIn = standing?.state === 'in' || standing?.state === 'over';
  const running = preparing || begin.running;

  async function ask(): Promise<void> {
    setPreparing(true);
    const ready = await prepare();
    setPreparing(false);
    if (ready) setPage((await begin.run({ server }))?.page);
  }

  return (
    <section aria-label="Signing in" className="flex flex-col gap-2">
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <p role="status" className="hostile min-w-0 flex-1 basis-64 text-[13px] text-muted">
          <AgentText text={standingWords(standing)} />
        </p>
        <div className="flex flex-wrap gap-2">
          {signedIn && (
            <Button look="quiet" onClick={() => setLeaving(true)}>
              Sign out…
            </Button>
          )}
          <Button icon={running ? <Spinner /> : <LogIn />} off={running} onClick={() => void ask()}>
            {buttonWords(standing)}
          </Button>
        </div>
      </div>
      {(begin.error ?? standing?.message) !== undefined && (
        <ErrorState message={begin.error ?? standing?.message ?? ''} />
      )}
      {page !== undefined && (
        <OpenDialog
          address={{ href: page, host: new URL(page).host }}
          title={`Sign in at ${new URL(page).host}?`}
          description="The upstream supplied this address. Sign in only if you know the place: Greenlight waits ten minutes for you to come back from there."
          onClose={() => {
            setPage(undefined);
            onDone();
          }}
        />
      )}
      {leaving && <ForgetDialog server={server} secret="sign-in" onClose={() => setLeaving(false)} />}
    </section>
  );
}

function buttonWords(standing: Standing | undefined): string {
  switch (standing?.state) {
    case 'in':
    case 'over':
      return 'Sign in again…';
    case 'waiting':
      return 'Begin anew…';
    default:
      return 'Sign in…';
  }
}

/** How the sign-in stands, as sentences. */
function standingWords(standing: Standing | undefined): string {
  switch (standing?.state) {
    case 'in': {
      const at = `Signed in${standing.at === undefined ? '' : ` at ${standing.at}`}.`;
      if (standing.until === undefined) return at;
      const until = momentWords(Date.parse(standing.until), hostNow());
      return `${at} ${standing.renews ? `Renewed by itself, next at ${until}.` : `It ends at ${until}.`}`;
    }
    case 'over':
      return 'Signed out by the server: calls are denied until you sign in again.';
    case 'waiting':
      return 'Waiting for you to sign in in your browser.';
    default:
      return 'Or without a token: sign in in your browser, where the server asks for that.';
  }
}
