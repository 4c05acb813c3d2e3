import { Image } from 'lucide-react';
import { useEffect, useState } from 'react';
import { markedText } from '../text/visible.ts';
import { Button } from './button.tsx';
import { CopyButton } from './copy-button.tsx';

/** Where the host serves the frame for one picture: a page of its own, without script and without origin. */
const FRAME = 'picture';

interface RemotePictureProps {
  /** The address, as an agent or the upstream gave it. */
  url: string;
  /** What it is called for the person: "start_image_url". */
  name: string;
}

/**
 * A picture from the web, loaded only on a click, in a sandboxed frame of the host that sends no referrer:
 * the page itself may load nothing foreign. Says first whose server will see the request.
 */
export function RemotePicture({ url, name }: RemotePictureProps) {
  const [shown, setShown] = useState(false);
  const can = useFrame();
  const host = pictureHost(url);
  return (
    <div className="flex flex-col gap-2">
      <div className="flex flex-wrap gap-2">
        {host !== undefined && can && (
          <Button
            size="small"
            icon={<Image className="shrink-0" />}
            // Whose server will see the request is never cut off.
            className="h-auto! min-h-7 py-1 text-start whitespace-normal! wrap-anywhere"
            aria-expanded={shown}
            aria-label={shown ? `Hide picture: ${name}` : `Show picture from ${host}: ${name}`}
            onClick={() => setShown(!shown)}
          >
            {shown ? 'Hide picture' : `Show picture from ${host}`}
          </Button>
        )}
        <CopyButton text={url} label={`Copy the address: ${name}`} />
      </div>
      {shown && host !== undefined && (
        <iframe
          title={markedText(`Picture from ${host}`)}
          src={`${FRAME}?url=${encodeURIComponent(url)}`}
          sandbox=""
          referrerPolicy="no-referrer"
          className="h-60 w-full max-w-[26rem] rounded-lg border border-line bg-sunken"
        />
      )}
      {host === undefined && (
        <p className="text-[13px] text-muted">Only pictures at https addresses can be shown.</p>
      )}
    </div>
  );
}

/** The host that a picture would be loaded from (in its ASCII form); undefined where none can be shown. */
function pictureHost(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined;
  const { protocol, host, username, password } = new URL(url);
  return protocol === 'https:' && username === '' && password === '' ? host : undefined;
}

let frame: Promise<boolean> | undefined;

/** Whether this host serves the frame. */
function useFrame(): boolean {
  const [served, setServed] = useState(false);
  useEffect(() => {
    frame ??= fetch(FRAME, { method: 'HEAD', credentials: 'omit' }).then(
      ({ status }) => status === 204,
      () => {
        frame = undefined;
        return false;
      },
    );
    let over = false;
    void frame.then((ok) => !over && setServed(ok));
    return () => {
      over = true;
    };
  }, []);
  return served;
}
