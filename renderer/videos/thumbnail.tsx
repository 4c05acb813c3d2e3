import { Film, ImageOff } from 'lucide-react';
import type { Video } from '../../shared/contract.ts';
import { RemotePicture } from '../design/remote-picture.tsx';
import { isOwnPicture } from './words.ts';

/** A video's picture. One that must be fetched from elsewhere is shown only when the person asks for it. */
export function Thumbnail({ video: { thumbnailUrl: url, state } }: { video: Video }) {
  if (url !== undefined && isOwnPicture(url)) {
    return <img src={url} alt="" className="h-40 w-full bg-sunken object-cover" />;
  }
  return (
    <div className="flex min-h-40 flex-col items-center justify-center gap-2 bg-sunken p-4 text-center text-[13px] text-muted">
      {url !== undefined ? (
        <RemotePicture url={url} name="thumbnail" />
      ) : (
        <>
          {state === 'failed' ? <ImageOff /> : <Film />}
          <p>{NO_PICTURE[state]}</p>
        </>
      )}
    </div>
  );
}

const NO_PICTURE = {
  pending: 'Its picture comes once the agent looks it up.',
  completed: 'The upstream gave no picture.',
  failed: 'No video came of it.',
};
