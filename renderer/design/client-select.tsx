import type { Client } from '../../shared/contract.ts';
import { Select, withChosen } from './select.tsx';

/** One client of `clients`, or every one (`undefined`). One that is not among them stays chosen. */
export function ClientSelect({
  clients,
  chosen,
  onChoose,
}: {
  clients: readonly Pick<Client, 'id' | 'label' | 'revokedAt'>[];
  /** The id of its grant. */
  chosen: string | undefined;
  onChoose: (id: string | undefined) => void;
}) {
  return (
    <Select
      aria-label="Client"
      className="max-w-44"
      value={chosen ?? ''}
      onChange={(id) => onChoose(id || undefined)}
      options={withChosen(
        [
          { value: '', label: 'Every client' },
          ...clients.map(({ id, label, revokedAt }) => ({
            value: id,
            label: revokedAt === undefined ? label : `${label} (revoked)`,
          })),
        ],
        chosen ?? '',
        'Another client',
      )}
    />
  );
}
