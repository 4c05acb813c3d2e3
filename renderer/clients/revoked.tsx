import { ChevronRight } from 'lucide-react';
import type { Client } from '../../shared/contract.ts';
import { AgentText } from '../design/agent-text.tsx';
import { Cell, HeadCell, Row, Table, TableHead } from '../design/table.tsx';
import { href } from '../navigation/route.ts';
import { markedText } from '../text/visible.ts';

const DAY = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });

/** The grants that were revoked, folded away. */
export function Revoked({ clients }: { clients: readonly Client[] }) {
  if (clients.length === 0) return null;
  return (
    <details className="group">
      <summary className="flex w-fit items-center gap-1.5 rounded-lg py-1 pr-2 text-muted hover:text-text">
        <span className="transition-transform duration-100 group-open:rotate-90">
          <ChevronRight />
        </span>
        {clients.length} revoked {clients.length === 1 ? 'client' : 'clients'}
      </summary>
      <div className="mt-2">
        <Table label="Revoked clients">
          <TableHead>
            <HeadCell>Client</HeadCell>
            <HeadCell>Revoked</HeadCell>
            <HeadCell>
              <span className="sr-only">Its calls</span>
            </HeadCell>
          </TableHead>
          <tbody>
            {clients.map(({ id, label, revokedAt }) => (
              <Row key={id}>
                <Cell>
                  <AgentText text={label} brief limit={100} />
                </Cell>
                <Cell className="text-muted">
                  {revokedAt !== undefined && DAY.format(new Date(revokedAt))}
                </Cell>
                <Cell className="text-right">
                  <a
                    href={href('activity', 'client', id)}
                    className="-my-1 inline-block py-1 underline decoration-line-strong underline-offset-2"
                  >
                    Its calls
                    <span className="sr-only"> of {markedText(label)}</span>
                  </a>
                </Cell>
              </Row>
            ))}
          </tbody>
        </Table>
      </div>
    </details>
  );
}
