import { useState } from 'react';
import { Button } from '../button.tsx';
import { Card } from '../card.tsx';
import { Figure, Figures } from '../figures.tsx';
import { BackLink } from '../page.tsx';
import { Cell, HeadCell, Row, Table, TableHead } from '../table.tsx';
import { Tabs } from '../tabs.tsx';
import { Group, Specimen } from './specimen.tsx';

const TABS = [
  { id: 'builder', label: 'Builder', content: <p>What the chosen tab shows.</p> },
  { id: 'json', label: 'JSON', content: <p>The same as JSON.</p> },
  { id: 'versions', label: 'Versions', content: <p>What it was before.</p> },
] as const;

/** What things stand on. The page around all this is `Page` and `PageHeader`. */
export function Surfaces() {
  const [tab, setTab] = useState<(typeof TABS)[number]['id']>('builder');
  return (
    <Group title="Surfaces">
      <Specimen title="Card: with a title, and bare">
        <Card title="Data" actions={<Button size="small">Open</Button>}>
          Where everything is kept.
        </Card>
        <Card className="px-5 py-3">A bare card has no room of its own.</Card>
      </Specimen>
      <Specimen title="The way out of a page within a page, before its title">
        <div className="relative ml-8 leading-8">
          <BackLink href="#clients" label="All clients" />
          Claude Code
        </div>
      </Specimen>
      <Specimen title="Table">
        <Table label="Revoked clients">
          <TableHead>
            <HeadCell>Client</HeadCell>
            <HeadCell>Revoked</HeadCell>
          </TableHead>
          <tbody>
            {['Cursor', 'Old laptop'].map((label) => (
              <Row key={label}>
                <Cell>{label}</Cell>
                <Cell>2 days ago</Cell>
              </Row>
            ))}
          </tbody>
        </Table>
      </Specimen>
      <Specimen title="Figures">
        <Figures>
          <Figure name="Spent today">$0.40</Figure>
          <Figure name="Tools">12</Figure>
        </Figures>
      </Specimen>
      <Specimen title="Tabs">
        <Tabs label="The policy" tabs={TABS} chosen={tab} onChoose={setTab} />
      </Specimen>
    </Group>
  );
}
