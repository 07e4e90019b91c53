"""Between the functions that the host calls and the classes that an author writes. Only there within a component.

The generated module ``wit_world`` holds the interface as componentize-py has it; nothing else of the SDK knows it.
"""

# What the standard library imports only when something is called: by then it is too late.
import _strptime
import heapq
