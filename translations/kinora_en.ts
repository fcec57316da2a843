<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en" sourcelanguage="en">
<context>
    <name>DragTexts</name>
    <message numerus="yes">
        <source>Reorder %n clip(s)</source>
        <translation>
            <numerusform>Reorder %n clip</numerusform>
            <numerusform>Reorder %n clips</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Move %n clip(s)</source>
        <translation>
            <numerusform>Move %n clip</numerusform>
            <numerusform>Move %n clips</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>JobTexts</name>
    <message numerus="yes">
        <source>%n credits reserved</source>
        <translation>
            <numerusform>%n credit reserved</numerusform>
            <numerusform>%n credits reserved</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n credits</source>
        <translation>
            <numerusform>%n credit</numerusform>
            <numerusform>%n credits</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>kinora::queue::JobCard</name>
    <message numerus="yes">
        <source>Goes on at its last finished step · %n credits</source>
        <translation>
            <numerusform>Goes on at its last finished step · %n credit</numerusform>
            <numerusform>Goes on at its last finished step · %n credits</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>kinora::timeline::TimelineView</name>
    <message numerus="yes">
        <source>Delete %n clip(s)</source>
        <translation>
            <numerusform>Delete %n clip</numerusform>
            <numerusform>Delete %n clips</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Cut %n clip(s)</source>
        <translation>
            <numerusform>Cut %n clip</numerusform>
            <numerusform>Cut %n clips</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Duplicate %n clip(s)</source>
        <translation>
            <numerusform>Duplicate %n clip</numerusform>
            <numerusform>Duplicate %n clips</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Import %n file(s)</source>
        <translation>
            <numerusform>Import %n file</numerusform>
            <numerusform>Import %n files</numerusform>
        </translation>
    </message>
</context>
</TS>
