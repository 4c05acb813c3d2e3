import { AgentText } from '../agent-text.tsx';
import { ChangeView } from '../change-view.tsx';
import { LogoMark } from '../logo-mark.tsx';
import { RemotePicture } from '../remote-picture.tsx';
import { ServerName, ServerNames, ServerSelect } from '../server-name.tsx';
import { ToolName, ToolsOf, ToolTitles } from '../tool-name.tsx';
import { Group, Side, Specimen } from './specimen.tsx';

const SERVERS = [
  { id: 'luma', name: 'Luma' },
  { id: 'files', name: 'Files at home' },
];
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
      <Specimen title="Tool: of Luma, with its title, without one, of another server that calls it like one of Luma’s">
        <ToolTitles tools={{ luma: [{ name: 'make_image', title: 'Draw a picture' }] }}>
          {['luma_generate_video', 'make_image', 'render_3d'].map((tool) => (
            <p key={tool} className="hostile">
              <ToolName tool={tool} />
            </p>
          ))}
          <ToolsOf id="files">
            <p className="hostile">
              <ToolName tool="luma_generate_video" />
            </p>
          </ToolsOf>
        </ToolTitles>
      </Specimen>
      <Specimen title="Server: one of several, one that is gone, the only one">
        <ServerNames servers={SERVERS}>
          {['luma', 'files', 'gone'].map((server) => (
            <p key={server} className="hostile">
              Cursor wants to make a video
              <ServerName server={server} before=" on " />
            </p>
          ))}
          <span>
            <ServerSelect chosen="files" onChoose={() => {}} />
          </span>
        </ServerNames>
        <ServerNames servers={SERVERS.slice(0, 1)}>
          <p>
            Cursor wants to make a video
            <ServerName server="luma" before=" on " />
          </p>
        </ServerNames>
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
