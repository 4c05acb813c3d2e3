import { AgentText } from '../agent-text.tsx';
import { ChangeView } from '../change-view.tsx';
import { LogoMark } from '../logo-mark.tsx';
import { RemotePicture } from '../remote-picture.tsx';
import { ToolName, ToolTitles } from '../tool-name.tsx';
import { Group, Side, Specimen } from './specimen.tsx';

const LONG = 'A paper boat sails down a rainy street, close to the water, golden light. '.repeat(8);
const BEFORE = Array.from({ length: 12 }, (_, index) => `  "line ${index + 1}": true,\n`).join('');
const AFTER = BEFORE.replace('"line 6": true', '"token": "0123456789"');

/** What others supplied, and the mark. */
export function Texts() {
  return (
    <Group title="Texts">
      <Specimen title="Text of an agent: plain, hostile, long, on one line">
        <p className="hostile">
          <AgentText text="A cat in the rain" />
        </p>
        <p className="hostile">
          <AgentText text={'<b>not bold</b>, a zero-width space\u200bhere, and \u202eturned round\u202c.'} />
        </p>
        <div className="hostile">
          <AgentText text={LONG} limit={120} />
        </div>
        <p className="hostile">
          <AgentText text={LONG} limit={120} brief />
        </p>
      </Specimen>
      <Specimen title="Tool: of Luma, of another server, without a title">
        <ToolTitles tools={[{ name: 'make_image', title: 'Draw a picture' }]}>
          {['luma_generate_video', 'make_image', 'render_3d'].map((tool) => (
            <p key={tool} className="hostile">
              <ToolName tool={tool} />
            </p>
          ))}
        </ToolTitles>
      </Specimen>
      <Specimen title="Change: some lines, none, and a secret masked">
        <ChangeView label="The change to a file" before={BEFORE} after={AFTER} />
        <ChangeView label="No change" before={BEFORE} after={BEFORE} />
        <ChangeView
          label="The change to a file with a secret"
          before={BEFORE}
          after={AFTER}
          mask={(line) => line.replace(/"0.*9"/, '"••••••"')}
        />
      </Specimen>
      {/* The button that loads one is there only where a host serves the frame for it. */}
      <Specimen title="Picture from the web">
        <RemotePicture url="https://cdn.example.com/lake.jpg" name="start_image_url" />
        <RemotePicture url="http://cdn.example.com/lake.jpg" name="end_image_url" />
      </Specimen>
      <Specimen title="Mark">
        <Side>
          <LogoMark /> Greenlight
        </Side>
      </Specimen>
    </Group>
  );
}
