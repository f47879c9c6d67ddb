"""What is printed of a result, for people and for tools.

A few more than twenty modules: a command's, or a part's that several print. Formats of tables have their own folder.
"""
