/** Command lines of Docker (https://docs.docker.com/reference/cli/docker/container/run/) and Podman. */
import type { Variable } from '../../shared/looks-secret.ts';
import { nameOf, type PathIn } from './programs.ts';

/** Options of `run` that stand before their value. */
const WITH_VALUE = new Set(
  [
    '--add-host --annotation --cap-add --cap-drop --cgroup-parent --cidfile --cpus --cpuset-cpus --device --dns',
    '--entrypoint --env-file --expose --gpus --group-add --health-cmd --hostname --ip --ipc --label --label-file --link',
    '--log-driver --log-opt --mac-address --memory --memory-swap --mount --name --net --network --network-alias --pid',
    '--pids-limit --platform --publish --pull --restart --runtime --security-opt --shm-size --stop-signal',
    '--stop-timeout --storage-opt --sysctl --tmpfs --ulimit --user --userns --uts --volume --volumes-from --workdir',
    '--blkio-weight --cgroupns --context --cpu-shares --detach-keys --host --log-level --volume-driver',
    '-a -c -h -l -m -p -u -v -w -H',
  ].flatMap((names) => names.split(' ')),
);

/**
 * Variables that the program `docker` or `podman` itself goes by, or what starts it: where it finds programs, libraries,
 * its own configuration, the daemon and the network. In its environment they would be for it, not for the container.
 */
const ITS_OWN = new RegExp(
  `^(?:${[
    'PATH|PATHEXT|HOME|USERPROFILE|APPDATA|LOCALAPPDATA|PROGRAMDATA|SYSTEMROOT|TMPDIR|TMP|TEMP|GODEBUG',
    '(?:DOCKER|PODMAN|CONTAINERS|XDG|LD|DYLD)_\\w*',
    'CONTAINER_(?:HOST|CONNECTION|SSHKEY|PASSPHRASE)|REGISTRY_AUTH_FILE|SSH_AUTH_SOCK|SSL_CERT_(?:FILE|DIR)',
    '(?:HTTPS?|FTP|NO|ALL)_PROXY',
  ].join('|')})$`,
  'i',
);

/** Options that are files of the computer, not of the container, and words that stand before others. */
const FILES = new Set('--cidfile --config --env-file --file --label-file --project-directory -f'.split(' '));
const BEFORE = new Set('compose container create exec gateway mcp run start up'.split(' '));

/** `-v`, also behind others that have no value: `-itv`. */
const VOLUME = /^(?:-[dit]*v|--volume)$/;

/** Whether `command` is Docker, or Podman. */
export const isDocker = (command: string) => /^(?:docker|podman)$/.test(nameOf(command));

/** What becomes of the variables that a container gets. */
interface VariablesOut {
  /** Without the values of those that Docker can take from its own environment. */
  args: string[];
  /** Those values. */
  env: Record<string, string>;
  /** Those that stay among the arguments, each by the place where it stands. */
  staying: Map<number, Variable>;
}

/**
 * `args` without the values of the variables that the container gets: Docker takes the value of `-e NAME` from its own
 * environment. What belongs to the image's program stays as it is, and so does what would change Docker itself.
 */
export function variablesOut(command: string, args: readonly string[]): VariablesOut {
  const env: Record<string, string> = {};
  const staying = new Map<number, Variable>();
  const run = args.indexOf('run');
  const out = [...args];
  if (!isDocker(command) || run < 0) return { args: out, env, staying };
  const take = (index: number, before: string, text: string) => {
    const [, name = '', value = ''] = /^([A-Za-z_]\w*)=(.*)$/s.exec(text) ?? [];
    if (name === '') return;
    if (ITS_OWN.test(name)) {
      staying.set(index, [name, value]);
      return;
    }
    env[name] = value;
    out[index] = before + name;
  };
  for (let index = run + 1; index < args.length; index++) {
    const word = args[index] ?? '';
    if (!word.startsWith('-')) break;
    const [, joined] = /^(--env=|-e)(?=.)/.exec(word) ?? [];
    if (word === '-e' || word === '--env') take(++index, '', args[index] ?? '');
    else if (joined !== undefined) take(index, joined, word.slice(joined.length));
    else if (WITH_VALUE.has(word)) index++;
  }
  return { args: out, env, staying };
}

/** What is of the computer, not of the container, in the arguments `args`: `-v ./data:/data`. */
export function hostPaths(args: readonly string[]): PathIn[] {
  const found: PathIn[] = [];
  for (let index = 0; index < args.length; index++) {
    const word = args[index] ?? '';
    if (BEFORE.has(word)) continue;
    const [, option = '', joined] = /^(-[dit]*v(?=[^=]|$)|--?[A-Za-z][\w-]*)(?:=?(.+))?$/s.exec(word) ?? [];
    // The image, and what is in it.
    if (option === '') break;
    if (joined === undefined && (VOLUME.test(option) || WITH_VALUE.has(option) || FILES.has(option))) index++;
    const text = joined ?? args[index] ?? '';
    const start = (args[index] ?? '').length - text.length;
    for (const { at, path, sure } of hostPartsOf(option, text)) {
      const whole = args[index] ?? '';
      const from = start + at;
      found.push({ index, before: whole.slice(0, from), path, after: whole.slice(from + path.length), sure });
    }
  }
  return found;
}

/** The parts of the value `text` of `option` that are the computer's, and where each begins. */
function hostPartsOf(option: string, text: string): (Pick<PathIn, 'path' | 'sure'> & { at: number })[] {
  if (FILES.has(option)) return [{ at: 0, path: text, sure: 'certain' }];
  if (VOLUME.test(option)) {
    // A bare name is a volume.
    const [, path = ''] = /^((?:[A-Za-z]:(?=[\\/]))?[^:]*):/.exec(text) ?? [];
    return [{ at: 0, path, sure: /[\\/]/.test(path) ? 'certain' : 'unknown' }];
  }
  if (option !== '--mount') return [];
  const [, before = '', path = ''] = /^((?:.*,)?(?:src|source)=)([^,]*)/.exec(text) ?? [];
  const binds = /(?:^|,)type=bind(?:,|$)/.test(text) || /[\\/]/.test(path);
  return [{ at: before.length, path, sure: binds ? 'certain' : 'unknown' }];
}
