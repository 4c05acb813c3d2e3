import { Clapperboard, TriangleAlert } from 'lucide-react';
import { Badge } from '../badge.tsx';
import { Banner } from '../banner.tsx';
import { Button } from '../button.tsx';
import { ClientMark } from '../client-mark.tsx';
import { EmptyState, ErrorState, Loading, Spinner } from '../states.tsx';
import { Strip } from '../strip.tsx';
import { useToast } from '../toast.tsx';
import { Group, Side, Specimen } from './specimen.tsx';

/** What is said to the person. */
export function Messages() {
  const toast = useToast();
  return (
    <Group title="Messages">
      <Specimen title="Badge">
        <Side>
          {(['good', 'warn', 'bad', 'quiet'] as const).map((tone) => (
            <Badge key={tone} tone={tone}>
              {tone}
            </Badge>
          ))}
          <Badge tone="warn" icon={<TriangleAlert />}>
            with an icon
          </Badge>
        </Side>
      </Specimen>
      <Specimen title="ClientMark">
        <Side>
          {['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((id) => (
            <ClientMark key={id} client={{ id, label: `${id}gent` }} />
          ))}
        </Side>
      </Specimen>
      <Specimen title="Banner">
        {(['info', 'good', 'warn', 'bad'] as const).map((tone) => (
          <Banner key={tone} tone={tone}>
            A sentence about what is around it, in the tone {tone}.
          </Banner>
        ))}
        <Banner tone="warn" action={<Button size="small">Take over…</Button>}>
          With what to do, and long enough for a second line: Cursor also reaches Luma directly, as luma.
          Those calls pass Greenlight by: no policy, no question, no log.
        </Banner>
      </Specimen>
      <Specimen title="Strip">
        <div>
          {(['info', 'warn', 'bad'] as const).map((tone) => (
            <Strip key={tone} tone={tone} actions={<Button size="small">Follow the policy</Button>}>
              A sentence about the whole window, in the tone {tone}.
            </Strip>
          ))}
        </div>
      </Specimen>
      <Specimen title="Toast">
        <Side>
          <Button onClick={() => toast({ text: 'The hold time is saved.' })}>Say it</Button>
          <Button
            onClick={() => toast({ text: 'Cursor follows another policy now.', onUndo: () => undefined })}
          >
            Say it, with Undo
          </Button>
          <Button onClick={() => toast({ tone: 'bad', text: 'The guard mode was not changed.' })}>
            Say that it failed
          </Button>
        </Side>
      </Specimen>
      <Specimen title="Empty, loading, failed">
        <EmptyState icon={<Clapperboard />} title="No video yet" action={<Button>Try it</Button>}>
          What your agents make appears here, with its prompt and what it cost.
        </EmptyState>
        <Loading what="the videos" />
        <ErrorState message="The videos could not be loaded. Greenlight does not answer." />
        <ErrorState
          message="The videos could not be loaded. Greenlight does not answer."
          onRetry={() => undefined}
        />
        <Side>
          <Spinner /> Connecting…
        </Side>
      </Specimen>
    </Group>
  );
}
