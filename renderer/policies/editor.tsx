import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { PolicySummary } from '../../shared/contract.ts';
import type { Json } from '../../shared/json.ts';
import { AgentText } from '../design/agent-text.tsx';
import { Banner } from '../design/banner.tsx';
import { Button } from '../design/button.tsx';
import { Page } from '../design/page.tsx';
import { ErrorState, Loading } from '../design/states.tsx';
import { type Tab, Tabs } from '../design/tabs.tsx';
import { ToolsOf } from '../design/tool-name.tsx';
import { useWide } from '../design/use-wide.ts';
import { href, navigate } from '../navigation/route.ts';
import { useLoaded } from '../store/use-live.ts';
import { useMethod } from '../store/use-method.ts';
import { Builder } from './builder.tsx';
import { Conflict } from './conflict.tsx';
import { namedTools } from './document.ts';
import { type Draft, isDirty, isNew } from './drafts.ts';
import { EditorHeader } from './editor-header.tsx';
import { serverOf } from './for-server.ts';
import { type GoTo, JsonPane } from './json-pane.tsx';
import { readText, textOf } from './json-text.ts';
import { Problems } from './problems.tsx';
import { RehearsalPane } from './rehearsal-pane.tsx';
import { argumentNames } from './tool-groups.ts';
import { TryPane } from './try-pane.tsx';
import { drafts, useDrafts } from './use-drafts.ts';
import { useSave, useSaveKey } from './use-save.ts';
import { VersionsPane } from './versions-pane.tsx';

interface EditorProps {
  /** The policy's id, or the key of one that was never saved. */
  draftKey: string;
  policies: readonly PolicySummary[] | undefined;
}

/** One policy: loads it, follows it, and shows it once there is something to show. */
export function Editor({ draftKey, policies }: EditorProps) {
  const fresh = isNew({ key: draftKey });
  const { data, error, reload } = useMethod('policies.get', fresh ? undefined : { id: draftKey }, {
    refetchOn: ['policies'],
  });
  const draft = useDrafts().find(({ key }) => key === draftKey);
  const missing = draft === undefined;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a draft that was discarded begins anew.
  useEffect(() => {
    if (data !== undefined) drafts.arrived(data.id, data.name, data.version, data.document);
  }, [data, missing]);

  if (draft !== undefined && (fresh || error === undefined || isDirty(draft))) {
    return <OpenEditor draft={draft} policies={policies ?? []} inForce={data} error={error} />;
  }
  return (
    <Page>
      {fresh ? (
        <ErrorState message="This policy was saved or discarded meanwhile. Look at the list of policies." />
      ) : error !== undefined ? (
        <ErrorState message={error} onRetry={reload} />
      ) : (
        <Loading what="the policy" />
      )}
      <p>
        <a href={href('policies')} className="underline">
          All policies
        </a>
      </p>
    </Page>
  );
}

type View = 'builder' | 'json' | 'try' | 'rehearsal' | 'versions';

interface OpenEditorProps {
  draft: Draft;
  policies: readonly PolicySummary[];
  /** What is in force, as far as it is known. */
  inForce: { name: string; version: number; document: Json } | undefined;
  /** Why it is not known any more. */
  error: string | undefined;
}

function OpenEditor({ draft, policies, inForce, error }: OpenEditorProps) {
  const { settings, state } = useLoaded();
  const wide = useWide();
  const [view, setView] = useState<View>('builder');
  const [goTo, setGoTo] = useState<GoTo>();
  const reading = readText(draft.text);
  const shown = useLast(reading.document);
  const server = serverOf(shown);
  const { data: offered } = useMethod(
    'upstream.tools',
    state.servers.some(({ id }) => id === server) ? { server } : undefined,
    { refetchOn: ['upstream', 'state'] },
  );
  // An upstream that was not reached yet lists none; nothing can be said about its tools then.
  const tools = offered !== undefined && offered.tools.length > 0 ? offered.tools : undefined;
  const known = useMemo(
    () => (tools ?? []).map((tool) => ({ name: tool.name, arguments: argumentNames(tool) })),
    [tools],
  );
  const save = useSave(draft);
  const policy = policies.find(({ id }) => id === draft.key);
  const dirty = isDirty(draft);
  const changed =
    dirty && inForce !== undefined && draft.base !== undefined && inForce.version > draft.base.version;

  const show = useCallback((pointer: string) => {
    setView('json');
    setGoTo({ pointer });
  }, []);
  const went = useCallback(() => setGoTo(undefined), []);
  const errorAt = (pointer: string) =>
    reading.problems.find(
      (problem) => problem.pointer === pointer || problem.pointer.startsWith(`${pointer}/`),
    )?.message;
  const ready = dirty && reading.policy !== undefined && !changed;
  useSaveKey(ready, save);

  const builder = (
    <div className="flex min-h-0 flex-1 flex-col gap-3 overflow-y-auto pr-1 pb-2" data-testid="builder">
      {reading.document === undefined && (
        <Banner tone="warn">
          The JSON cannot be read as it is. This is what it said last; mend it to go on here.
        </Banner>
      )}
      {shown !== undefined && (
        <div inert={reading.document === undefined} className="inert:opacity-60">
          <Builder
            document={shown}
            tools={tools}
            costUnit={settings.costUnit}
            onChange={(document) => drafts.write(draft.key, textOf(document))}
            errorAt={errorAt}
            onShow={show}
          />
        </div>
      )}
    </div>
  );
  const tabs: Tab<View>[] = [
    ...(wide ? [] : [{ id: 'builder' as const, label: 'Builder', content: builder }]),
    {
      id: 'json',
      label: 'JSON',
      content: (
        <JsonPane
          draftKey={draft.key}
          text={draft.text}
          onChange={(text) => drafts.write(draft.key, text)}
          tools={known}
          goTo={goTo}
          onWent={went}
        />
      ),
    },
    {
      id: 'try',
      label: 'Try a call',
      content: (
        <TryPane
          policy={reading.policy}
          tools={tools}
          strangers={namedTools(shown ?? {}).filter((name) => !known.some((tool) => tool.name === name))}
          costUnit={settings.costUnit}
          onShow={show}
        />
      ),
    },
    {
      id: 'rehearsal',
      label: 'Last 7 days',
      content: (
        <RehearsalPane
          id={isNew(draft) ? undefined : draft.key}
          document={reading.policy === undefined ? undefined : reading.document}
          costUnit={settings.costUnit}
          onShow={show}
        />
      ),
    },
    ...(draft.base === undefined
      ? []
      : [
          {
            id: 'versions' as const,
            label: 'Versions',
            content: (
              <VersionsPane
                id={draft.key}
                name={draft.name}
                version={inForce?.version ?? draft.base.version}
                dirty={dirty}
              />
            ),
          },
        ]),
  ];
  const chosen = tabs.some(({ id }) => id === view) ? view : 'json';

  return (
    <ToolsOf id={server}>
      <Page fill>
        <div className="flex min-h-[36rem] flex-1 flex-col gap-4">
          <EditorHeader
            draft={draft}
            server={server}
            policy={policy}
            policies={policies}
            dirty={dirty}
            ready={ready}
            save={save}
          />
          {error !== undefined && !isNew(draft) && <Lost draft={draft} error={error} />}
          {changed && inForce !== undefined && <Conflict draft={draft} inForce={inForce} />}
          {policy !== undefined && policy.errors.length > 0 && (
            <Banner tone="bad">
              The policy’s file on disk has a mistake:{' '}
              <AgentText text={policy.errors[0]?.pointer ?? ''} brief limit={100} />{' '}
              <AgentText text={policy.errors[0]?.message ?? ''} brief limit={300} /> Version {policy.version},
              shown here, stays in force. Mend the file; saving here replaces it.
            </Banner>
          )}
          {reading.problems.length > 0 && (
            <Problems
              text={draft.text}
              problems={reading.problems}
              onGo={(problem) => {
                setView('json');
                setGoTo({ pointer: problem.pointer, from: problem.from, to: problem.to });
              }}
            />
          )}
          <div
            className={`grid min-h-0 flex-1 gap-6 ${wide ? 'grid-cols-[minmax(0,6fr)_minmax(0,5fr)]' : ''}`}
          >
            {wide && builder}
            <div className="flex min-h-0 min-w-0 flex-col [&>div]:flex-1 [&_[role=tabpanel][data-state=active]]:flex [&_[role=tabpanel][data-state=active]]:flex-1 [&_[role=tabpanel]]:flex-col">
              <Tabs label="The policy" tabs={tabs} chosen={chosen} onChoose={setView} />
            </div>
          </div>
        </div>
      </Page>
    </ToolsOf>
  );
}

/** The last value that was there. */
function useLast<T>(value: T | undefined): T | undefined {
  const last = useRef(value);
  if (value !== undefined) last.current = value;
  return last.current;
}

/** The policy is gone or Greenlight does not answer; what was written is not. */
function Lost({ draft, error }: { draft: Draft; error: string }) {
  return (
    <Banner
      tone="bad"
      action={
        <Button
          size="small"
          onClick={() => {
            const key = drafts.create(draft.name, draft.text);
            drafts.discard(draft.key);
            navigate(href('policies', key), { replace: true });
          }}
        >
          Keep it as a new policy
        </Button>
      }
    >
      <AgentText text={error} brief limit={400} /> What you wrote is kept.
    </Banner>
  );
}
