import { useEffect, useRef, useState } from 'react';
import { Loading } from '../design/states.tsx';
import type { KnownTool } from './completion.ts';
import type { JsonEditor, openJsonEditor } from './json-editor.ts';
import { placeOf, readText } from './json-text.ts';

/** A place to go to in the text; a new object each time, also for the same place. */
export interface GoTo {
  pointer: string;
  /** The exact place (offsets), where it is known: a mistake of syntax has no pointer. */
  from?: number;
  to?: number;
}

type EditorState = ReturnType<JsonEditor['close']>;

/** What can be undone, by policy, while the editor is closed for another tab or page. */
const states = new Map<string, EditorState>();

interface JsonPaneProps {
  /** Which policy; another one gets another editor. */
  draftKey: string;
  text: string;
  onChange: (text: string) => void;
  tools: readonly KnownTool[];
  goTo: GoTo | undefined;
  /** Called once the place was shown. */
  onWent: () => void;
}

/** The JSON of the policy, in an editor that is loaded when it is first needed. */
export function JsonPane({ draftKey, text, onChange, tools, goTo, onWent }: JsonPaneProps) {
  const host = useRef<HTMLDivElement>(null);
  const latest = useRef({ text, onChange, tools });
  latest.current = { text, onChange, tools };
  const [open, setOpen] = useState<typeof openJsonEditor>();
  const [editor, setEditor] = useState<JsonEditor>();

  useEffect(() => {
    let gone = false;
    void import('./json-editor.ts').then((module) => {
      if (!gone) setOpen(() => module.openJsonEditor);
    });
    return () => {
      gone = true;
    };
  }, []);

  useEffect(() => {
    if (open === undefined || host.current === null) return;
    const opened = open(host.current, {
      text: latest.current.text,
      state: states.get(draftKey),
      onChange: (next) => latest.current.onChange(next),
      tools: () => latest.current.tools,
    });
    setEditor(opened);
    return () => {
      states.set(draftKey, opened.close());
      setEditor(undefined);
    };
  }, [open, draftKey]);

  useEffect(() => editor?.setText(text), [editor, text]);

  useEffect(() => {
    if (goTo === undefined || editor === undefined) return;
    const { from, to, pointer } = goTo;
    const exact = from !== undefined && to !== undefined;
    editor.show(exact ? { from, to } : placeOf(text, readText(text).tree, pointer));
    onWent();
  }, [goTo, editor, text, onWent]);

  return (
    <div className="flex min-h-0 flex-1 flex-col gap-1.5">
      <div className="relative min-h-0 flex-1 overflow-hidden rounded-xl border border-line bg-surface focus-within:border-accent">
        <div ref={host} className="absolute inset-0" data-testid="json" />
        {editor === undefined && <Loading what="the editor" />}
      </div>
      <p className="text-xs text-muted">
        Ctrl+Space suggests what may stand here. Escape, then Tab, leaves the editor.
      </p>
    </div>
  );
}
