import { Smartphone } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Button } from '../design/button.tsx';
import { Card } from '../design/card.tsx';
import { CopyButton } from '../design/copy-button.tsx';
import { Field } from '../design/field.tsx';
import { Select } from '../design/select.tsx';
import { ErrorState, Spinner } from '../design/states.tsx';
import { Switch } from '../design/switch.tsx';
import { useCall } from '../store/use-method.ts';
import { PhoneAnswers } from './phone-answers.tsx';
import { SavedInput } from './saved-input.tsx';
import { useSetting } from './use-setting.ts';

/** Whether the phone is told what waits, by which server, what it may answer, and how to listen to it. */
export function Phone() {
  const { value, save, error } = useSetting('phone');
  return (
    <Card title="Phone">
      <div className="flex flex-col gap-5">
        <Switch
          label="Tell my phone when a call waits"
          hint={
            value.answers === 'none'
              ? 'By the free app ntfy. It only tells you: you answer here, at the computer.'
              : 'By the free app ntfy.'
          }
          checked={value.enabled}
          onChange={(enabled) =>
            save({ enabled }, enabled ? 'The phone is told.' : 'The phone is told nothing.')
          }
        />
        {error !== undefined && <ErrorState message={`This was not saved. ${error}`} />}
        {value.enabled && (
          <>
            <Field
              label="ntfy server"
              hint="Your own, or https://ntfy.sh. Whoever runs it can read what is sent."
            >
              <SavedInput
                className="max-w-72"
                value={value.server}
                onSave={(server) => save({ server }, 'The server is saved.')}
              />
            </Field>
            <Field
              label="What is sent"
              hint={
                value.sends === 'price'
                  ? 'Such as: Claude wants to make a video. Costs $0.40.'
                  : 'Also what stands out, such as a webhook.'
              }
            >
              <Select
                className="max-w-72"
                value={value.sends}
                options={[
                  { value: 'price', label: 'Who asks, and the price' },
                  { value: 'everything', label: 'The prompt as well' },
                ]}
                onChange={(sends) => save({ sends }, 'What is sent is saved.')}
              />
            </Field>
            <PhoneAnswers value={value} save={save} />
            <Listening server={value.server} answers={value.answers !== 'none'} />
          </>
        )}
      </div>
    </Card>
  );
}

/** What the person gives the app on the phone, and whether it works. `answers`: whether it may answer. */
function Listening({ server, answers }: { server: string; answers: boolean }) {
  const { run: read, error: unread } = useCall('phone.get');
  const renew = useCall('phone.renew');
  const test = useCall('phone.test');
  const [topic, setTopic] = useState<string>();
  const [said, setSaid] = useState('');
  useEffect(() => {
    void read({}).then((found) => setTopic(found?.topic));
  }, [read]);

  async function change(): Promise<void> {
    const next = await renew.run({});
    if (next === undefined) return;
    setTopic(next.topic);
    setSaid('The old topic is told nothing more. Subscribe to the new one on the phone.');
  }

  async function send(): Promise<void> {
    setSaid('');
    if (await test.run({})) setSaid('The server took it. Look at your phone.');
  }

  const link = topic === undefined ? undefined : linkTo(server, topic);
  const failed = unread ?? renew.error ?? test.error;
  return (
    <>
      {topic !== undefined && (
        <div>
          <p className="font-medium">Topic</p>
          <p className="text-[13px] text-muted">
            In the app, subscribe to this topic on {server}, or open the link on an Android phone. Keep its
            name to yourself: whoever knows it is told too{answers && ', and can answer'}.
          </p>
          <div className="mt-2 flex items-center gap-2">
            <code className="min-w-0 flex-1 break-all">{topic}</code>
            <CopyButton text={topic} label="Copy the topic" />
          </div>
          {link !== undefined && (
            <div className="mt-2 flex items-center gap-2">
              <code className="min-w-0 flex-1 break-all">{link}</code>
              <CopyButton text={link} label="Copy the link" />
            </div>
          )}
        </div>
      )}
      <div className="flex flex-wrap items-center gap-3">
        <Button
          icon={test.running ? <Spinner /> : <Smartphone />}
          off={test.running}
          onClick={() => void send()}
        >
          Send a test to the phone
        </Button>
        <Button off={renew.running} onClick={() => void change()}>
          New topic
        </Button>
        <p role="status" className="min-w-0 flex-1 text-[13px] text-muted">
          {said}
        </p>
      </div>
      {failed !== undefined && <ErrorState message={failed} />}
    </>
  );
}

/** What the app on Android opens (https://docs.ntfy.sh/subscribe/phone/#ntfy-links); none of what is no address yet. */
function linkTo(server: string, topic: string): string | undefined {
  const url = URL.parse(server);
  return url === null
    ? undefined
    : `ntfy://${url.host}/${topic}${url.protocol === 'http:' ? '?secure=false' : ''}`;
}
