/** In which forms a client takes an answer. */
export interface Accepted {
  /** One message as plain JSON. */
  json: boolean;
  /** An event stream: where it is named, or something that is no JSON is asked for that it can be. */
  streams: boolean;
  /** Anything at all. */
  anything: boolean;
}

/**
 * Reads an `Accept` header (RFC 9110 12.5.1). Without one, or an empty one, anything is taken, but who does not name event streams is not
 * given one where plain JSON will do: such clients seldom read them.
 */
export function acceptedBy(header: string | undefined): Accepted {
  const types = (header || '*/*').split(',').flatMap((type) => {
    const [name = '', ...parameters] = type.split(';').map((part) => part.trim().toLowerCase());
    return name === '' || parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter)) ? [] : name;
  });
  const anything = types.includes('*/*');
  const json = anything || types.includes('application/json') || types.includes('application/*');
  const streams = types.includes('text/event-stream') || (!json && types.includes('text/*'));
  return { json, streams, anything };
}
