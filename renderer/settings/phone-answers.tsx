import { useEffect, useState } from 'react';
import { Banner } from '../design/banner.tsx';
import { Field } from '../design/field.tsx';
import { Select } from '../design/select.tsx';
import { Switch } from '../design/switch.tsx';
import { useLoaded } from '../store/use-live.ts';
import { useCall } from '../store/use-method.ts';
import type { Setting } from './use-setting.ts';

/** Whether the phone may answer, and what; and who else could. */
export function PhoneAnswers({ value, save }: Pick<Setting<'phone'>, 'value' | 'save'>) {
  const { answers, sends } = value;
  return (
    <>
      <Switch
        label="Answer from the phone"
        hint="Each question has buttons there. Greenlight asks the server for your answer while it waits."
        checked={answers !== 'none'}
        onChange={(on) =>
          on
            ? save({ answers: 'deny' }, 'The phone can deny.')
            : save({ answers: 'none' }, 'The phone answers nothing.')
        }
      />
      {answers !== 'none' && (
        <Field
          label="What it can answer"
          hint={
            answers === 'deny'
              ? 'What you deny there does not run. You allow in Greenlight.'
              : sends === 'price'
                ? 'Allow is there only where the price is all that stands out. For the rest, send the prompt as well.'
                : 'Allow is there only where all that is asked fits on the phone.'
          }
        >
          <Select
            className="max-w-72"
            value={answers}
            options={[
              { value: 'deny', label: 'Deny only' },
              { value: 'all', label: 'Allow and deny' },
            ]}
            onChange={(chosen) =>
              save(
                { answers: chosen },
                chosen === 'all' ? 'The phone can allow and deny.' : 'The phone can deny.',
              )
            }
          />
        </Field>
      )}
      {answers === 'all' && <Warning server={value.server} />}
    </>
  );
}

/** Who else than the person can press *Allow*. */
function Warning({ server }: { server: string }) {
  const { secretsOpen } = useLoaded().state;
  const { run: read } = useCall('phone.get');
  const [mayAllow, setMayAllow] = useState<boolean>();
  useEffect(() => {
    void read({}).then((found) => setMayAllow(found?.mayAllow));
  }, [read]);
  if (mayAllow === undefined) return null;
  if (!mayAllow)
    return (
      <Banner tone="warn">
        The phone can deny only: the topic is kept in a file here, where an agent with a shell could read it
        and press Allow itself. Unlock or install a system keyring, then start Greenlight again.
      </Banner>
    );
  return (
    <Banner tone="warn">
      Whoever runs {server}, or learns the topic, can press Allow as well as you. Use a server of your own
      {server.startsWith('http:') && ', by https,'} and keep a daily budget: it holds for these answers too.
      {secretsOpen &&
        ' Programs that run as you can read the topic where your secrets are kept: run an agent that has a shell as another user, or in a container.'}
    </Banner>
  );
}
