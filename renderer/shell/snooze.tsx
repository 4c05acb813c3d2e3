import type { State } from '../../shared/contract.ts';
import { momentWords } from '../../shared/when.ts';
import { Button } from '../design/button.tsx';
import { Strip } from '../design/strip.tsx';
import { useToast } from '../design/toast.tsx';
import { useNow } from '../design/use-now.ts';
import { useTransport } from '../store/use-live.ts';
import { errorWords } from '../text/error-words.ts';

interface SnoozeNoticeProps {
  snooze: State['snooze'];
  whileSnoozed: 'wait' | 'deny';
  online: boolean;
}

/** Says so while notifications are snoozed, and what becomes of calls that need an answer. */
export function SnoozeNotice({ snooze, whileSnoozed, online }: SnoozeNoticeProps) {
  const now = useNow();
  const transport = useTransport();
  const toast = useToast();
  if (snooze === undefined || Date.parse(snooze.until) <= now) return null;

  async function end(): Promise<void> {
    try {
      await transport.call('notifier.snooze', {});
    } catch (failed) {
      toast({ tone: 'bad', text: `Notifications are still snoozed. ${errorWords(failed)}` });
    }
  }

  return (
    <Strip
      tone={whileSnoozed === 'deny' ? 'warn' : 'info'}
      actions={
        <Button size="small" off={!online} onClick={() => void end()}>
          End now
        </Button>
      }
    >
      Notifications are snoozed until {momentWords(Date.parse(snooze.until), now)}.{' '}
      {whileSnoozed === 'deny'
        ? 'Calls that need your answer are denied until then; those that waited before wait here.'
        : 'Calls that need your answer wait here.'}
    </Strip>
  );
}
