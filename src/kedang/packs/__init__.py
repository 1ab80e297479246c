"""The pack language: what an industry may say about the system, as checked data. Plain Python, no Django."""
