import { useState } from 'react';
import type { Json } from '../../shared/json.ts';
import { Banner } from '../design/banner.tsx';
import { Button } from '../design/button.tsx';
import { ChangeView } from '../design/change-view.tsx';
import { Dialog } from '../design/dialog.tsx';
import type { Draft } from './drafts.ts';
import { textOf } from './json-text.ts';
import { drafts } from './use-drafts.ts';

interface ConflictProps {
  draft: Draft;
  /** What is in force now, which the draft did not begin with. */
  inForce: { name: string; version: number; document: Json };
}

/** The policy changed while the person was writing: theirs or mine, after a look at the difference. */
export function Conflict({ draft, inForce }: ConflictProps) {
  const [comparing, setComparing] = useState(false);
  const takeTheirs = () => {
    drafts.discard(draft.key);
    drafts.arrived(draft.key, inForce.name, inForce.version, inForce.document);
    setComparing(false);
  };
  const keepMine = () => {
    drafts.keepMine(draft.key, inForce.version, inForce.document);
    setComparing(false);
  };
  const answers = (
    <>
      <Button size="small" onClick={takeTheirs}>
        Take theirs
      </Button>
      <Button size="small" onClick={keepMine}>
        Keep mine
      </Button>
    </>
  );
  return (
    <>
      <div role="alert">
        <Banner
          tone="warn"
          action={
            <div className="flex flex-wrap gap-2">
              <Button size="small" onClick={() => setComparing(true)}>
                Compare
              </Button>
              {answers}
            </div>
          }
        >
          This policy has changed meanwhile: version {inForce.version} is in force, and you began with version{' '}
          {draft.base?.version}. Decide before you save.
        </Banner>
      </div>
      {comparing && (
        <Dialog
          title={`Version ${inForce.version} and what you wrote`}
          description="Lines with − are theirs only, lines with + are yours only."
          size="large"
          onClose={() => setComparing(false)}
          footer={answers}
        >
          <ChangeView label="The difference" before={textOf(inForce.document)} after={draft.text} />
        </Dialog>
      )}
    </>
  );
}
