"""``python -m palisade_guest MODULE``: prints the capabilities of the provider in a module, a line for each."""

import importlib
import sys

from palisade_guest import capabilities_of, exported

importlib.import_module(sys.argv[1])
print("\n".join(capabilities_of(type(exported()))))
