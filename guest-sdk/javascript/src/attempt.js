// Does what may throw an error of the interface, and throws the failure that it means instead. Only within a component.

export function attempt(work, failure) {
  try {
    return work();
  } catch (error) {
    // The engine hands over what the host answered within an error of its own.
    const answered = error?.payload ?? error;
    throw answered?.tag ? failure(answered) : error;
  }
}
