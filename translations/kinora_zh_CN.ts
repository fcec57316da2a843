<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
<context>
    <name>DragTexts</name>
    <message numerus="yes">
        <source>Reorder %n clip(s)</source>
        <translation>
            <numerusform>调整 %n 个片段的顺序</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Move %n clip(s)</source>
        <translation>
            <numerusform>移动 %n 个片段</numerusform>
        </translation>
    </message>
    <message>
        <source>Trim clip</source>
        <translation>修剪片段</translation>
    </message>
</context>
<context>
    <name>ErrorTexts</name>
    <message>
        <source>Something went wrong inside Kinora. Try again; if it happens twice, please report it with the details.</source>
        <translation>Kinora 内部出错。请重试；如再次出现，请附上详情反馈。</translation>
    </message>
    <message>
        <source>This cannot be done as asked. Change the setting named in the details.</source>
        <translation>无法按此要求执行。请修改详情中提到的设置。</translation>
    </message>
    <message>
        <source>Something that is needed is not there. It may have been moved or renamed: put it back or choose another.</source>
        <translation>缺少所需的内容，可能已被移动或改名：请放回原处或另选一个。</translation>
    </message>
    <message>
        <source>This file cannot be read. It may be damaged, of an unknown kind or not yours to read: choose another.</source>
        <translation>无法读取此文件，可能已损坏、格式未知或没有权限：请另选一个。</translation>
    </message>
    <message>
        <source>This file is damaged. Use a copy or fetch it again.</source>
        <translation>此文件已损坏。请使用备份或重新获取。</translation>
    </message>
    <message>
        <source>This was written by a newer Kinora. Update Kinora to open it.</source>
        <translation>此文件由更新版本的 Kinora 写入。请更新 Kinora 后再打开。</translation>
    </message>
    <message>
        <source>Kinora may not write there. Choose another folder.</source>
        <translation>Kinora 无权写入该位置。请选择其他文件夹。</translation>
    </message>
    <message>
        <source>The disk is full. Free some space and try again.</source>
        <translation>磁盘已满。请腾出空间后重试。</translation>
    </message>
    <message>
        <source>There is not enough memory. Choose a smaller size or a shorter length, or close other programs.</source>
        <translation>内存不足。请减小尺寸、缩短时长或关闭其他程序。</translation>
    </message>
    <message>
        <source>There are not enough credits. Choose Draft, a cheaper edition or a shorter length.</source>
        <translation>积分不足。请选择草稿、更便宜的版本或更短的时长。</translation>
    </message>
    <message>
        <source>The model cannot do this or its files do not fit together. Choose another model.</source>
        <translation>该模型无法完成此任务，或其文件不匹配。请选择其他模型。</translation>
    </message>
    <message>
        <source>Kinora does not support this format or device. Choose another.</source>
        <translation>Kinora 不支持此格式或设备。请另选一个。</translation>
    </message>
    <message>
        <source>Another program is using this. Close the other window and try again.</source>
        <translation>另一个程序正在使用。请关闭那个窗口后重试。</translation>
    </message>
    <message>
        <source>Cancelled.</source>
        <translation>已取消。</translation>
    </message>
    <message>
        <source>Kinora was closed before this was done. Start it again.</source>
        <translation>完成之前 Kinora 已关闭。请重新开始。</translation>
    </message>
    <message>
        <source>Kinora made a mistake</source>
        <translation>Kinora 出错</translation>
    </message>
    <message>
        <source>Cannot be done as asked</source>
        <translation>无法按要求执行</translation>
    </message>
    <message>
        <source>File or model not found</source>
        <translation>找不到文件或模型</translation>
    </message>
    <message>
        <source>File cannot be read</source>
        <translation>无法读取文件</translation>
    </message>
    <message>
        <source>File is damaged</source>
        <translation>文件已损坏</translation>
    </message>
    <message>
        <source>Needs a newer Kinora</source>
        <translation>需要更新版本的 Kinora</translation>
    </message>
    <message>
        <source>Folder cannot be written</source>
        <translation>文件夹不可写</translation>
    </message>
    <message>
        <source>Disk full</source>
        <translation>磁盘已满</translation>
    </message>
    <message>
        <source>Out of memory</source>
        <translation>内存不足</translation>
    </message>
    <message>
        <source>Not enough credits</source>
        <translation>积分不足</translation>
    </message>
    <message>
        <source>Model does not fit</source>
        <translation>模型不匹配</translation>
    </message>
    <message>
        <source>Not supported</source>
        <translation>不支持</translation>
    </message>
    <message>
        <source>In use elsewhere</source>
        <translation>正被其他程序使用</translation>
    </message>
    <message>
        <source>Cancelled</source>
        <translation>已取消</translation>
    </message>
    <message>
        <source>Interrupted</source>
        <translation>已中断</translation>
    </message>
    <message>
        <source>%1 in text</source>
        <translation>%1（文本阶段）</translation>
    </message>
    <message>
        <source>%1 in encode</source>
        <translation>%1（编码阶段）</translation>
    </message>
    <message>
        <source>%1 in denoise</source>
        <translation>%1（去噪阶段）</translation>
    </message>
    <message>
        <source>%1 in decode</source>
        <translation>%1（解码阶段）</translation>
    </message>
    <message>
        <source>%1 in write</source>
        <translation>%1（写入阶段）</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <translation>%1：%2</translation>
    </message>
    <message>
        <source>%1 (%2)</source>
        <translation>%1（%2）</translation>
    </message>
    <message>
        <source>%1 · credits returned</source>
        <translation>%1 · 积分已退回</translation>
    </message>
</context>
<context>
    <name>FaultTexts</name>
    <message>
        <source>%1 cannot be read as a picture. Choose a JPEG, PNG or WebP file.</source>
        <translation>%1 无法作为图片读取。请选择 JPEG、PNG 或 WebP 文件。</translation>
    </message>
    <message>
        <source>There is no edition “%1”. Choose Standard, Master or Draft.</source>
        <translation>没有“%1”版本。请选择标准、大师或草稿。</translation>
    </message>
    <message>
        <source>No installed model can make this. Choose another model or mode.</source>
        <translation>已安装的模型都无法完成。请选择其他模型或模式。</translation>
    </message>
    <message>
        <source>The model %1 cannot be used: %2. Choose another.</source>
        <translation>模型 %1 无法使用：%2。请另选一个。</translation>
    </message>
    <message>
        <source>The model %1 makes video from text only. Remove the start picture or choose another model.</source>
        <translation>模型 %1 只支持文生视频。请移除首帧图片或选择其他模型。</translation>
    </message>
    <message>
        <source>The model %1 needs a start picture. Drop one on Start or choose another model.</source>
        <translation>模型 %1 需要首帧图片。请拖到“首帧”上，或选择其他模型。</translation>
    </message>
    <message>
        <source>The model %1 takes no end picture. Remove it or choose another model.</source>
        <translation>模型 %1 不支持尾帧图片。请移除或选择其他模型。</translation>
    </message>
    <message>
        <source>The text has %1 characters; at most %2 are possible. Shorten it.</source>
        <translation>文本有 %1 个字符，最多 %2 个。请缩短。</translation>
    </message>
    <message>
        <source>Describe what should happen, or drop a start picture.</source>
        <translation>请描述画面内容，或拖入首帧图片。</translation>
    </message>
    <message>
        <source>An end picture needs a start picture. Drop one on Start.</source>
        <translation>有尾帧就需要首帧。请拖一张图片到“首帧”上。</translation>
    </message>
    <message>
        <source>%1 starts from a picture. Drop one on Start, or choose Master or Draft.</source>
        <translation>%1 从图片开始。请拖一张图片到“首帧”上，或选择大师或草稿。</translation>
    </message>
    <message>
        <source>%1 takes no start picture. Remove it or choose another edition.</source>
        <translation>%1 不支持首帧图片。请移除或选择其他版本。</translation>
    </message>
    <message>
        <source>%1 takes no end picture. Remove it or choose Standard 1080p.</source>
        <translation>%1 不支持尾帧图片。请移除或选择标准 1080p。</translation>
    </message>
    <message>
        <source>Steps: %2 to %3 are possible, not %1.</source>
        <translation>步数：可为 %2 到 %3，不能是 %1。</translation>
    </message>
    <message>
        <source>Guidance: %2 to %3 are possible, not %1.</source>
        <translation>引导强度：可为 %2 到 %3，不能是 %1。</translation>
    </message>
    <message>
        <source>Shift: more than %2 and at most %3 is possible, not %1.</source>
        <translation>偏移：须大于 %2 且不超过 %3，不能是 %1。</translation>
    </message>
    <message>
        <source>Frame rate: %2 to %3 are possible, not %1.</source>
        <translation>帧率：可为 %2 到 %3，不能是 %1。</translation>
    </message>
    <message>
        <source>Frames: at least %2 is needed, not %1.</source>
        <translation>帧数：至少 %2，不能是 %1。</translation>
    </message>
    <message>
        <source>Length: more than %2 and at most %3 s are possible, not %1.</source>
        <translation>时长：须大于 %2 且不超过 %3 秒，不能是 %1。</translation>
    </message>
    <message>
        <source>Threads: %2 to %3 are possible, not %1.</source>
        <translation>线程：可为 %2 到 %3，不能是 %1。</translation>
    </message>
    <message>
        <source>Memory limit: %2 to %3 GiB are possible, not %1.</source>
        <translation>内存上限：可为 %2 到 %3 GiB，不能是 %1。</translation>
    </message>
    <message>
        <source>There is no device “%1”. Choose Automatic, CPU or CUDA.</source>
        <translation>没有设备“%1”。请选择自动、CPU 或 CUDA。</translation>
    </message>
    <message>
        <source>There is no number format “%1”. Choose Automatic, f32 or bf16.</source>
        <translation>没有数值格式“%1”。请选择自动、f32 或 bf16。</translation>
    </message>
    <message>
        <source>There is no aspect “%1”. Choose 16:9, 9:16 or 1:1.</source>
        <translation>没有画幅“%1”。请选择 16:9、9:16 或 1:1。</translation>
    </message>
    <message>
        <source>A size of %1 cannot be. Give a width and a height of 1 or more.</source>
        <translation>尺寸不能是 %1。宽和高都须至少为 1。</translation>
    </message>
    <message>
        <source>This edition offers %2 s, not %1 s.</source>
        <translation>此版本提供 %2 秒，不提供 %1 秒。</translation>
    </message>
    <message>
        <source>An edition’s length is given in seconds. Clear the frames or set them to %2.</source>
        <translation>版本的时长以秒计。请清除帧数或设为 %2。</translation>
    </message>
    <message>
        <source>At most %2 s are possible, not %1 s.</source>
        <translation>最长 %2 秒，不能是 %1 秒。</translation>
    </message>
    <message>
        <source>The model %1 needs an end picture too. Drop one on End or choose another model.</source>
        <translation>模型 %1 还需要尾帧图片。请拖一张图片到“尾帧”上，或选择其他模型。</translation>
    </message>
    <message>
        <source>The model %1 takes no control video or references. Choose a VACE model.</source>
        <translation>模型 %1 不支持控制视频或参考图。请选择 VACE 模型。</translation>
    </message>
    <message>
        <source>A mask needs the control video that it belongs to. Give both.</source>
        <translation>蒙版需要与控制视频一起使用，请同时提供两者。</translation>
    </message>
    <message>
        <source>Control scale: %2 to %3 are possible, not %1.</source>
        <translation>控制强度可取 %2 到 %3，不能是 %1。</translation>
    </message>
    <message>
        <source>%1 cannot be read as a video or a picture. Choose another file.</source>
        <translation>无法将 %1 作为视频或图片读取。请选择其他文件。</translation>
    </message>
    <message>
        <source>There is no sampler “%1”. Possible are %2.</source>
        <translation>没有“%1”这个采样器。可用的有 %2。</translation>
    </message>
    <message>
        <source>The sampler %1 takes %2 steps, not %3. Set Steps to Auto.</source>
        <translation>采样器 %1 固定为 %2 步，不能用 %3 步。请把步数设为“自动”。</translation>
    </message>
    <message>
        <source>There is no kind of guidance “%1”. Possible are %2.</source>
        <translation>没有“%1”这种引导方式。可用的有 %2。</translation>
    </message>
    <message>
        <source>Negative guidance: %2 to %3 are possible, not %1.</source>
        <translation>负向引导：可为 %2 到 %3，不能是 %1。</translation>
    </message>
    <message>
        <source>Limit of negative guidance: %2 to %3 are possible, not %1.</source>
        <translation>负向引导的上限：可为 %2 到 %3，不能是 %1。</translation>
    </message>
    <message>
        <source>Share of negative guidance: %2 to %3 are possible, not %1.</source>
        <translation>负向引导的占比：可为 %2 到 %3，不能是 %1。</translation>
    </message>
    <message>
        <source>Skipped layers: the model has layers %2 to %3, but no layer %1.</source>
        <translation>跳过的层：模型只有第 %2 到 %3 层，没有第 %1 层。</translation>
    </message>
    <message>
        <source>Strength of skipped layers: %2 to %3 are possible, not %1.</source>
        <translation>跳层强度：可为 %2 到 %3，不能是 %1。</translation>
    </message>
    <message>
        <source>Steps with skipped layers: the first share must be below the second, not %1 and %2.</source>
        <translation>跳层的步数区间：起点须小于终点，不能是 %1 和 %2。</translation>
    </message>
    <message>
        <source>There is no step caching “%1”. Possible are %2.</source>
        <translation>没有“%1”这种步间缓存。可用的有 %2。</translation>
    </message>
    <message>
        <source>Caching threshold: %2 to %3 are possible, not %1.</source>
        <translation>缓存阈值：可为 %2 到 %3，不能是 %1。</translation>
    </message>
    <message>
        <source>The LoRA file %1 is not there. Remove it or add it again.</source>
        <translation>找不到 LoRA 文件 %1。请移除或重新添加。</translation>
    </message>
    <message>
        <source>LoRA weight: %2 to %3 are possible, not %1.</source>
        <translation>LoRA 权重可在 %2 到 %3 之间，不能为 %1。</translation>
    </message>
    <message>
        <source>A LoRA is for the high or the low expert, not for “%1”.</source>
        <translation>LoRA 只能用于 high 或 low 专家，不能用于“%1”。</translation>
    </message>
    <message>
        <source>The model %1 has one expert. Let the LoRA apply to the whole model.</source>
        <translation>模型 %1 只有一个专家。请让 LoRA 作用于整个模型。</translation>
    </message>
    <message>
        <source>This would take %1 of memory (%2 is there). %3 with %4 frames would fit.</source>
        <translation>这需要 %1 内存（现有 %2）。改为 %3、%4 帧即可。</translation>
    </message>
    <message>
        <source>This would take %1 of memory, and %2 is too little for this model at any size. Choose a smaller model.</source>
        <translation>这需要 %1 内存，而 %2 无论何种尺寸都不够此模型使用。请换用较小的模型。</translation>
    </message>
    <message>
        <source>At most %1 pixels a side are possible.</source>
        <translation>每边最多 %1 像素。</translation>
    </message>
    <message>
        <source>There is no setting “%1” for detail. Choose Kept or Off.</source>
        <translation>细节没有“%1”这个选项。请选择“保留”或“关”。</translation>
    </message>
</context>
<context>
    <name>JobTexts</name>
    <message>
        <source>Draft</source>
        <translation>草稿</translation>
    </message>
    <message>
        <source>Master</source>
        <translation>大师</translation>
    </message>
    <message>
        <source>Standard</source>
        <translation>标准</translation>
    </message>
    <message>
        <source>Export · H.264</source>
        <translation>导出 · H.264</translation>
    </message>
    <message>
        <source>%1 s</source>
        <translation>%1 秒</translation>
    </message>
    <message>
        <source>seed %1</source>
        <translation>种子 %1</translation>
    </message>
    <message>
        <source>costs nothing</source>
        <translation>免费</translation>
    </message>
    <message numerus="yes">
        <source>%n credits reserved</source>
        <translation>
            <numerusform>已预留 %n 积分</numerusform>
        </translation>
    </message>
    <message>
        <source>free draft</source>
        <translation>免费草稿</translation>
    </message>
    <message>
        <source>Reading the prompt</source>
        <translation>正在读取提示词</translation>
    </message>
    <message>
        <source>Reading the picture</source>
        <translation>正在读取图片</translation>
    </message>
    <message>
        <source>Step %1 of %2</source>
        <translation>第 %1/%2 步</translation>
    </message>
    <message>
        <source>Frames %1 %</source>
        <translation>解码 %1 %</translation>
    </message>
    <message>
        <source>Writing %1 %</source>
        <translation>写入 %1 %</translation>
    </message>
    <message>
        <source>%1 · %2 left</source>
        <translation>%1 · 剩余 %2</translation>
    </message>
    <message numerus="yes">
        <source>%n credits</source>
        <translation>
            <numerusform>%n 积分</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Models</name>
    <message>
        <source>%1 of %2</source>
        <translation>%1 / %2</translation>
    </message>
    <message>
        <source>Cannot be used: %1</source>
        <translation>无法使用：%1</translation>
    </message>
    <message>
        <source>Downloading · %1</source>
        <translation>正在下载 · %1</translation>
    </message>
    <message>
        <source>Checking a file · %1</source>
        <translation>正在校验文件 · %1</translation>
    </message>
    <message>
        <source>Verifying · %1</source>
        <translation>正在校验 · %1</translation>
    </message>
    <message>
        <source>Changed or missing files: %1. Delete the model and fetch it again.</source>
        <translation>有 %1 个文件被改动或缺失。请删除该模型后重新下载。</translation>
    </message>
    <message>
        <source>Sound · files as published: %1</source>
        <translation>完好 · 与发布内容一致的文件：%1</translation>
    </message>
    <message>
        <source>Unchanged since it came · its publisher&apos;s hashes are not known</source>
        <translation>下载后未改动 · 发布方未提供校验值</translation>
    </message>
    <message>
        <source>All files can be read · not verified: there are no hashes to compare with</source>
        <translation>文件均可读取 · 未验证：没有可对照的校验值</translation>
    </message>
    <message>
        <source>Other models use its parts: %1. Delete those first.</source>
        <translation>其他模型正在使用它的部件：%1。请先删除那些模型。</translation>
    </message>
    <message>
        <source>This frees %1.</source>
        <translation>将释放 %1。</translation>
    </message>
    <message>
        <source>Files that are used where they lie stay there: %1.</source>
        <translation>原地使用的 %1 个文件会保留在原处。</translation>
    </message>
    <message>
        <source>From text or a picture</source>
        <translation>文字或图片生成</translation>
    </message>
    <message>
        <source>From a picture</source>
        <translation>图片生成</translation>
    </message>
    <message>
        <source>From text</source>
        <translation>文字生成</translation>
    </message>
    <message>
        <source>end frame</source>
        <translation>尾帧</translation>
    </message>
    <message>
        <source>control video, references</source>
        <translation>控制视频、参考图</translation>
    </message>
    <message>
        <source>%1 min</source>
        <translation>%1 分钟</translation>
    </message>
    <message>
        <source>%1 h %2 min</source>
        <translation>%1 小时 %2 分</translation>
    </message>
    <message>
        <source>Partly downloaded · %1</source>
        <translation>部分已下载 · %1</translation>
    </message>
    <message>
        <source>Downloading · %1 · %2/s · about %3 left</source>
        <translation>正在下载 · %1 · %2/秒 · 约剩 %3</translation>
    </message>
    <message>
        <source>Deleting…</source>
        <translation>正在删除…</translation>
    </message>
    <message>
        <source>used in place</source>
        <translation>原地使用</translation>
    </message>
    <message>
        <source>needs ≈ %1 GiB of memory</source>
        <translation>需要约 %1 GiB 内存</translation>
    </message>
</context>
<context>
    <name>Questions</name>
    <message>
        <source>Save the changes to “%1”?</source>
        <translation>要保存对“%1”的更改吗？</translation>
    </message>
    <message>
        <source>Without saving they are lost.</source>
        <translation>不保存就会丢失。</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>保存</translation>
    </message>
    <message>
        <source>Discard</source>
        <translation>放弃</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Jobs that are not done: %1</source>
        <translation>未完成的任务：%1</translation>
    </message>
    <message>
        <source>Keep going</source>
        <translation>继续</translation>
    </message>
    <message>
        <source>Cancel and close</source>
        <translation>取消并关闭</translation>
    </message>
    <message>
        <source>Do not close</source>
        <translation>不关闭</translation>
    </message>
    <message>
        <source>Open a project</source>
        <translation>打开项目</translation>
    </message>
    <message>
        <source>Kinora projects (*.kinora)</source>
        <translation>Kinora 项目 (*.kinora)</translation>
    </message>
    <message>
        <source>Save the project</source>
        <translation>保存项目</translation>
    </message>
    <message>
        <source>Import media</source>
        <translation>导入媒体</translation>
    </message>
    <message>
        <source>Video, sound and pictures (*.mp4 *.mov *.mkv *.webm *.avi *.m4v *.gif *.wav *.mp3 *.flac *.ogg *.m4a *.png *.jpg *.jpeg *.webp *.bmp *.tif *.tiff);;All files (*)</source>
        <translation>视频、声音和图片 (*.mp4 *.mov *.mkv *.webm *.avi *.m4v *.gif *.wav *.mp3 *.flac *.ogg *.m4a *.png *.jpg *.jpeg *.webp *.bmp *.tif *.tiff);;所有文件 (*)</translation>
    </message>
    <message>
        <source>Keep going: Kinora stays in the background and closes when they are done.
Resume later: they wait in the queue and start with Kinora the next time.
Cancel: what they reserved returns to your credits.</source>
        <translation>继续：Kinora 留在后台，全部完成后自动关闭。
稍后继续：任务留在队列中，下次启动 Kinora 时再运行。
取消：预留的积分全部退回。</translation>
    </message>
    <message>
        <source>Resume later</source>
        <translation>稍后继续</translation>
    </message>
</context>
<context>
    <name>RecipeText</name>
    <message>
        <source>Prompt</source>
        <translation>提示词</translation>
    </message>
    <message>
        <source>Negative prompt</source>
        <translation>负向提示词</translation>
    </message>
    <message>
        <source>Start frame</source>
        <translation>首帧</translation>
    </message>
    <message>
        <source>End frame</source>
        <translation>尾帧</translation>
    </message>
    <message>
        <source>Edition</source>
        <translation>版本</translation>
    </message>
    <message>
        <source>Draft</source>
        <translation>草稿</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Model size</source>
        <translation>模型尺寸</translation>
    </message>
    <message>
        <source>%1×%2, %3 frames</source>
        <translation>%1×%2，%3 帧</translation>
    </message>
    <message>
        <source>Steps</source>
        <translation>步数</translation>
    </message>
    <message>
        <source>Guidance</source>
        <translation>引导强度</translation>
    </message>
    <message>
        <source>Sampler</source>
        <translation>采样器</translation>
    </message>
    <message>
        <source>Seed</source>
        <translation>种子</translation>
    </message>
    <message>
        <source>Kind of guidance</source>
        <translation>引导方式</translation>
    </message>
    <message>
        <source>Negative guidance</source>
        <translation>负向引导</translation>
    </message>
    <message>
        <source>Skipped layers</source>
        <translation>跳过的层</translation>
    </message>
    <message>
        <source>Step caching</source>
        <translation>步间缓存</translation>
    </message>
    <message>
        <source>Control video</source>
        <translation>控制视频</translation>
    </message>
    <message>
        <source>Mask</source>
        <translation>遮罩</translation>
    </message>
    <message>
        <source>References</source>
        <translation>参考图</translation>
    </message>
    <message>
        <source>Control scale</source>
        <translation>控制强度</translation>
    </message>
    <message>
        <source>Detail of the picture</source>
        <translation>图片细节</translation>
    </message>
    <message>
        <source>Off</source>
        <translation>关</translation>
    </message>
</context>
<context>
    <name>TimelinePainter</name>
    <message>
        <source>take %1/%2</source>
        <translation>第 %1/%2 条</translation>
    </message>
    <message>
        <source>offline</source>
        <translation>离线</translation>
    </message>
    <message>
        <source>Generate a clip or drop a video or picture here</source>
        <translation>生成片段，或把视频、图片拖到这里</translation>
    </message>
</context>
<context>
    <name>kinora::create::AdvancedSection</name>
    <message>
        <source>Auto</source>
        <translation>自动</translation>
    </message>
    <message>
        <source>Auto (%1)</source>
        <translation>自动（%1）</translation>
    </message>
    <message>
        <source>Frames the model makes; takes precedence over the length</source>
        <translation>模型生成的帧数；优先于时长</translation>
    </message>
    <message>
        <source> · guidance %1</source>
        <translation> · 引导 %1</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>尺寸</translation>
    </message>
    <message>
        <source>Frames</source>
        <translation>帧数</translation>
    </message>
    <message>
        <source>Steps</source>
        <translation>步数</translation>
    </message>
    <message>
        <source>Guidance</source>
        <translation>引导强度</translation>
    </message>
    <message>
        <source>Shift</source>
        <translation>偏移</translation>
    </message>
    <message>
        <source>Sampler</source>
        <translation>采样器</translation>
    </message>
    <message>
        <source>Pixels the model works at; the clip is brought to the edition&apos;s size at the end</source>
        <translation>模型工作的像素尺寸；最后会转换为版本的尺寸</translation>
    </message>
    <message>
        <source>More steps: finer and slower</source>
        <translation>步数越多，越精细也越慢</translation>
    </message>
    <message>
        <source>How closely the clip follows the prompt</source>
        <translation>画面贴合提示词的程度</translation>
    </message>
    <message>
        <source>Higher: more of the work goes into the overall motion</source>
        <translation>越高，越侧重整体运动</translation>
    </message>
    <message>
        <source>Reset to Auto</source>
        <translation>恢复自动</translation>
    </message>
    <message>
        <source> · 1 step</source>
        <translation> · 1 步</translation>
    </message>
    <message>
        <source> · %1 steps</source>
        <translation> · %1 步</translation>
    </message>
    <message>
        <source>Off</source>
        <translation>关</translation>
    </message>
    <message>
        <source>Kind of guidance</source>
        <translation>引导方式</translation>
    </message>
    <message>
        <source>Negative guidance</source>
        <translation>负向引导</translation>
    </message>
    <message>
        <source>Skipped layers</source>
        <translation>跳过的层</translation>
    </message>
    <message>
        <source>Step caching</source>
        <translation>步间缓存</translation>
    </message>
    <message>
        <source>Caching threshold</source>
        <translation>缓存阈值</translation>
    </message>
    <message>
        <source>DMD, LightX2V and LCM are for models or LoRAs made for few steps</source>
        <translation>DMD、LightX2V 和 LCM 用于专为少步数训练的模型或 LoRA</translation>
    </message>
    <message>
        <source>CFG-Zero* keeps guidance steadier in the first steps</source>
        <translation>CFG-Zero* 让最初几步的引导更稳</translation>
    </message>
    <message>
        <source>Lets the negative prompt work without guidance, about 11; for models made for few steps</source>
        <translation>不用引导也能让负向提示词起作用，约取 11；用于少步数模型</translation>
    </message>
    <message>
        <source>Steers away from what the model makes without these layers, such as 9, 10; slower</source>
        <translation>避开模型缺少这些层时的结果，例如 9, 10；会变慢</translation>
    </message>
    <message>
        <source>None</source>
        <translation>无</translation>
    </message>
    <message>
        <source>Reuses the model&apos;s work while little changes between steps: faster, slightly different</source>
        <translation>相邻步变化很小时沿用模型已有的计算：更快，结果略有不同</translation>
    </message>
    <message>
        <source>Higher: more steps are reused</source>
        <translation>越高，沿用的步越多</translation>
    </message>
    <message>
        <source>Manage models…</source>
        <translation>管理模型…</translation>
    </message>
    <message>
        <source>Detail of the picture</source>
        <translation>图片细节</translation>
    </message>
    <message>
        <source>Where the clip is enlarged, its frames get the detail of the picture it began with</source>
        <translation>放大视频时，为每一帧补上起始图片的细节</translation>
    </message>
    <message>
        <source>Kept</source>
        <translation>保留</translation>
    </message>
</context>
<context>
    <name>kinora::create::ControlSection</name>
    <message>
        <source>Choose a video or a picture</source>
        <translation>选择视频或图片</translation>
    </message>
    <message>
        <source>Videos and pictures</source>
        <translation>视频和图片</translation>
    </message>
    <message>
        <source>Choose reference pictures</source>
        <translation>选择参考图</translation>
    </message>
    <message>
        <source>Pictures</source>
        <translation>图片</translation>
    </message>
    <message>
        <source>Mask · needs a control video</source>
        <translation>遮罩 · 需先有控制视频</translation>
    </message>
    <message>
        <source>White is made anew, black is kept of the control video</source>
        <translation>白色部分重新生成，黑色部分保留控制视频的内容</translation>
    </message>
    <message>
        <source>Control</source>
        <translation>控制</translation>
    </message>
    <message>
        <source>Control · drop a video</source>
        <translation>控制 · 拖入视频</translation>
    </message>
    <message>
        <source>What the clip follows: depth, pose or edges; or, with a mask, the video to change</source>
        <translation>片段所跟随的内容：深度、姿态或边缘；配合遮罩时，则是要修改的视频</translation>
    </message>
    <message>
        <source>Mask</source>
        <translation>遮罩</translation>
    </message>
    <message>
        <source>Mask · optional</source>
        <translation>遮罩 · 可选</translation>
    </message>
    <message>
        <source>Choose a video or a picture…</source>
        <translation>选择视频或图片…</translation>
    </message>
    <message>
        <source>Paste</source>
        <translation>粘贴</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>移除</translation>
    </message>
    <message>
        <source>Control scale</source>
        <translation>控制强度</translation>
    </message>
    <message>
        <source>Auto (%1)</source>
        <translation>自动（%1）</translation>
    </message>
    <message>
        <source>How strongly the clip follows its control; 1 as trained, 0 not at all</source>
        <translation>片段跟随控制内容的程度；1 为训练时的强度，0 为完全不跟随</translation>
    </message>
    <message>
        <source>Reference %1</source>
        <translation>参考图 %1</translation>
    </message>
    <message>
        <source>References · drop pictures</source>
        <translation>参考图 · 拖入图片</translation>
    </message>
    <message>
        <source>One more</source>
        <translation>再加一张</translation>
    </message>
    <message>
        <source>People, things or places that shall appear</source>
        <translation>希望出现的人物、物品或场景</translation>
    </message>
    <message>
        <source>Choose pictures…</source>
        <translation>选择图片…</translation>
    </message>
    <message>
        <source>Remove the picture</source>
        <translation>移除图片</translation>
    </message>
</context>
<context>
    <name>kinora::create::CreatePanel</name>
    <message>
        <source>Choose a picture</source>
        <translation>选择图片</translation>
    </message>
    <message>
        <source>Create</source>
        <translation>创作</translation>
    </message>
    <message>
        <source>Text</source>
        <translation>文生视频</translation>
    </message>
    <message>
        <source>Image</source>
        <translation>图生视频</translation>
    </message>
    <message>
        <source>Make a clip from words alone</source>
        <translation>只用文字生成片段</translation>
    </message>
    <message>
        <source>Make a clip that begins with a picture</source>
        <translation>从一张图片开始生成片段</translation>
    </message>
    <message>
        <source>Frames</source>
        <translation>画面</translation>
    </message>
    <message>
        <source>Start</source>
        <translation>首帧</translation>
    </message>
    <message>
        <source>Start · drop a picture</source>
        <translation>首帧 · 拖入图片</translation>
    </message>
    <message>
        <source>Drop, paste (Ctrl+V) or click to choose a picture</source>
        <translation>拖入、粘贴 (Ctrl+V) 或点击选择图片</translation>
    </message>
    <message>
        <source>End</source>
        <translation>尾帧</translation>
    </message>
    <message>
        <source>End · optional</source>
        <translation>尾帧 · 可选</translation>
    </message>
    <message>
        <source>Choose a picture…</source>
        <translation>选择图片…</translation>
    </message>
    <message>
        <source>Paste</source>
        <translation>粘贴</translation>
    </message>
    <message>
        <source>Remove the picture</source>
        <translation>移除图片</translation>
    </message>
    <message>
        <source>Aspect</source>
        <translation>画幅</translation>
    </message>
    <message>
        <source>Shape of the picture; Auto takes that of the start picture</source>
        <translation>画面比例；自动则沿用首帧图片的比例</translation>
    </message>
    <message>
        <source>Length</source>
        <translation>时长</translation>
    </message>
    <message>
        <source>Variants</source>
        <translation>条数</translation>
    </message>
    <message>
        <source>Takes with consecutive seeds; each is a job of its own</source>
        <translation>种子依次递增的多条结果，每条单独排队</translation>
    </message>
    <message>
        <source>Advanced</source>
        <translation>高级</translation>
    </message>
    <message>
        <source>Negative prompt</source>
        <translation>负向提示词</translation>
    </message>
    <message>
        <source>What should not be seen, e.g. blurry, text</source>
        <translation>不想出现的内容，例如：模糊、文字</translation>
    </message>
    <message>
        <source>Generate</source>
        <translation>生成</translation>
    </message>
    <message>
        <source>Auto</source>
        <translation>自动</translation>
    </message>
    <message>
        <source>Auto %1</source>
        <translation>自动 %1</translation>
    </message>
    <message>
        <source>%1 s</source>
        <translation>%1 秒</translation>
    </message>
    <message>
        <source>Auto %1 s</source>
        <translation>自动 %1 秒</translation>
    </message>
    <message>
        <source>End · Standard 1080p</source>
        <translation>尾帧 · 标准 1080p</translation>
    </message>
    <message>
        <source>End · not with %1</source>
        <translation>尾帧 · %1 不支持</translation>
    </message>
    <message>
        <source>Only Standard 1080p and Draft have an end frame</source>
        <translation>只有标准 1080p 和草稿支持尾帧</translation>
    </message>
    <message>
        <source>The model %1 cannot aim at an end frame</source>
        <translation>模型 %1 不支持尾帧</translation>
    </message>
    <message>
        <source>An edition&apos;s length is given in seconds</source>
        <translation>版本的时长以秒计</translation>
    </message>
    <message>
        <source>The number of frames is set in Advanced</source>
        <translation>帧数已在“高级”中设定</translation>
    </message>
    <message>
        <source>Length of the clip</source>
        <translation>片段时长</translation>
    </message>
    <message>
        <source>%1 frames become %2, as the model counts</source>
        <translation>按模型的要求，%1 帧调整为 %2 帧</translation>
    </message>
    <message>
        <source>%1 becomes %2, as the model counts</source>
        <translation>按模型的要求，%1 调整为 %2</translation>
    </message>
    <message>
        <source>free</source>
        <translation>免费</translation>
    </message>
    <message>
        <source>≈ %1 · %2</source>
        <translation>≈ %1 · %2</translation>
    </message>
    <message>
        <source>Generate (Ctrl+Enter) · at the front of the queue (Ctrl+Shift+Enter)</source>
        <translation>生成 (Ctrl+Enter) · 插到队首 (Ctrl+Shift+Enter)</translation>
    </message>
    <message>
        <source>Ctrl+Enter</source>
        <translation>Ctrl+Enter</translation>
    </message>
    <message>
        <source>1 take</source>
        <translation>1 条</translation>
    </message>
    <message>
        <source>%1 takes</source>
        <translation>%1 条</translation>
    </message>
    <message>
        <source>%1 credits</source>
        <translation>%1 积分</translation>
    </message>
    <message>
        <source>%1 carries no recipe</source>
        <translation>%1 不含生成配方</translation>
    </message>
    <message>
        <source>Pictures</source>
        <translation>图片</translation>
    </message>
    <message>
        <source>%1 is no LoRA.</source>
        <translation>%1 不是 LoRA。</translation>
    </message>
    <message>
        <source>Up to %1 of memory</source>
        <translation>最多占用 %1 内存</translation>
    </message>
    <message>
        <source>Each network is in memory only while it works</source>
        <translation>各网络只在工作时占用内存</translation>
    </message>
    <message>
        <source>The transformer&apos;s blocks are streamed: slower, the same result</source>
        <translation>变换器的各层随用随读：较慢，结果不变</translation>
    </message>
    <message>
        <source>The picture is decoded in tiles</source>
        <translation>画面分块解码</translation>
    </message>
</context>
<context>
    <name>kinora::create::CreatePlanner</name>
    <message>
        <source>No installed model can make this. Choose another model or mode.</source>
        <translation>已安装的模型都无法完成。请选择其他模型或模式。</translation>
    </message>
    <message>
        <source>Drop a picture on Start to begin</source>
        <translation>先把图片拖到“首帧”上</translation>
    </message>
    <message>
        <source>Reading the picture…</source>
        <translation>正在读取图片…</translation>
    </message>
    <message>
        <source>Write what should be seen to begin</source>
        <translation>先写下想看到的画面</translation>
    </message>
    <message>
        <source>This takes %1 credits; you have %2. Choose Draft, a cheaper edition or a shorter length.</source>
        <translation>需要 %1 积分，现有 %2。请选择草稿、更便宜的版本或更短的时长。</translation>
    </message>
</context>
<context>
    <name>kinora::create::EditionPicker</name>
    <message>
        <source>Edition</source>
        <translation>版本</translation>
    </message>
    <message>
        <source>Version of the edition</source>
        <translation>版本号</translation>
    </message>
    <message>
        <source>Version %1</source>
        <translation>%1 版</translation>
    </message>
    <message>
        <source>Standard</source>
        <translation>标准</translation>
    </message>
    <message>
        <source>Master</source>
        <translation>大师</translation>
    </message>
    <message>
        <source>This edition makes video from text only</source>
        <translation>此版本只支持文生视频</translation>
    </message>
    <message>
        <source>This edition starts from a picture: choose Image above</source>
        <translation>此版本从图片开始：请在上方选择“图生视频”</translation>
    </message>
    <message>
        <source>Draft</source>
        <translation>草稿</translation>
    </message>
    <message>
        <source>the model&apos;s own size</source>
        <translation>模型自身的尺寸</translation>
    </message>
    <message>
        <source>free</source>
        <translation>免费</translation>
    </message>
    <message>
        <source>Kinora&apos;s own: quick tries at the size the model works at, no credits</source>
        <translation>Kinora 自有：按模型尺寸快速试做，不花积分</translation>
    </message>
    <message>
        <source>%1 credits for %2 s</source>
        <translation>%2 秒 %1 积分</translation>
    </message>
</context>
<context>
    <name>kinora::create::ExampleGallery</name>
    <message>
        <source>Examples</source>
        <translation>示例</translation>
    </message>
    <message>
        <source>Previous examples</source>
        <translation>上一组示例</translation>
    </message>
    <message>
        <source>More examples</source>
        <translation>更多示例</translation>
    </message>
</context>
<context>
    <name>kinora::create::LoraList</name>
    <message>
        <source>Add LoRA files</source>
        <translation>添加 LoRA 文件</translation>
    </message>
    <message>
        <source>LoRA</source>
        <translation>LoRA</translation>
    </message>
    <message>
        <source>Add LoRA…</source>
        <translation>添加 LoRA…</translation>
    </message>
    <message>
        <source>Small files that teach the model a style, a person or a few-step schedule</source>
        <translation>体积小巧的附加文件，让模型学会一种风格、一个人物，或只用几步生成</translation>
    </message>
    <message>
        <source>LoRA files</source>
        <translation>LoRA 文件</translation>
    </message>
</context>
<context>
    <name>kinora::create::LoraRow</name>
    <message>
        <source>Weight of %1</source>
        <translation>%1 的权重</translation>
    </message>
    <message>
        <source>How strongly this LoRA acts; 1 is its own strength, 0 is none, below 0 the opposite</source>
        <translation>LoRA 的作用强度：1 为原有强度，0 不起作用，负值方向相反</translation>
    </message>
    <message>
        <source>Expert of %1</source>
        <translation>%1 作用的专家</translation>
    </message>
    <message>
        <source>Remove this LoRA</source>
        <translation>移除此 LoRA</translation>
    </message>
    <message>
        <source>Both experts, or as the file says</source>
        <translation>两个专家，或按文件所示</translation>
    </message>
    <message>
        <source>Expert for high noise</source>
        <translation>高噪声专家</translation>
    </message>
    <message>
        <source>Expert for low noise</source>
        <translation>低噪声专家</translation>
    </message>
</context>
<context>
    <name>kinora::create::PromptField</name>
    <message>
        <source>Prompt</source>
        <translation>提示词</translation>
    </message>
    <message>
        <source>A red car drives to the left along the beach at sunset, the camera follows</source>
        <translation>日落时分，一辆红色汽车沿海滩向左行驶，镜头跟随</translation>
    </message>
    <message>
        <source>Suggestions</source>
        <translation>输入建议</translation>
    </message>
    <message>
        <source>, </source>
        <comment>between words</comment>
        <translation>、</translation>
    </message>
    <message>
        <source> …</source>
        <comment>more words</comment>
        <translation>等</translation>
    </message>
    <message>
        <source>%1 has not learnt: %2. It will do what it can.</source>
        <translation>%1 没有学过：%2。它会尽力去做。</translation>
    </message>
    <message>
        <source>%1 has not learnt: %2. It will do what it can; the examples show what it knows.</source>
        <translation>%1 没有学过：%2。它会尽力去做；看看示例就知道它会什么。</translation>
    </message>
</context>
<context>
    <name>kinora::create::SeedField</name>
    <message>
        <source>Seed</source>
        <translation>种子</translation>
    </message>
    <message>
        <source>The same seed and settings give the same clip</source>
        <translation>种子和设置相同，结果就相同</translation>
    </message>
    <message>
        <source>Another seed</source>
        <translation>换一个种子</translation>
    </message>
    <message>
        <source>Keep this seed</source>
        <translation>锁定种子</translation>
    </message>
</context>
<context>
    <name>kinora::credits_ui::CreditsChip</name>
    <message>
        <source>credits</source>
        <translation>积分</translation>
    </message>
    <message>
        <source>%1 credits</source>
        <translation>%1 积分</translation>
    </message>
    <message>
        <source>%1 credits available · %2 reserved · worth ¥%3
Open the ledger</source>
        <translation>可用 %1 积分 · 已预留 %2 · 合 ¥%3
打开积分明细</translation>
    </message>
</context>
<context>
    <name>kinora::credits_ui::LedgerDialog</name>
    <message>
        <source>Credits</source>
        <translation>积分</translation>
    </message>
    <message>
        <source>All entries</source>
        <translation>全部记录</translation>
    </message>
    <message>
        <source>Kind of entry</source>
        <translation>记录类型</translation>
    </message>
    <message>
        <source>Search jobs</source>
        <translation>搜索任务</translation>
    </message>
    <message>
        <source>Ledger</source>
        <translation>积分明细</translation>
    </message>
    <message>
        <source>Export CSV…</source>
        <translation>导出 CSV…</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>%1 credits available</source>
        <translation>可用 %1 积分</translation>
    </message>
    <message>
        <source>%1 in total · %2 reserved by jobs · worth ¥%3</source>
        <translation>共 %1 · 任务预留 %2 · 合 ¥%3</translation>
    </message>
    <message>
        <source>Export the ledger</source>
        <translation>导出积分明细</translation>
    </message>
    <message>
        <source>CSV table (*.csv)</source>
        <translation>CSV 表格 (*.csv)</translation>
    </message>
    <message>
        <source>The file cannot be written: %1</source>
        <translation>无法写入文件：%1</translation>
    </message>
    <message>
        <source>Entries written: %1</source>
        <translation>已写入 %1 条记录</translation>
    </message>
</context>
<context>
    <name>kinora::credits_ui::LedgerModel</name>
    <message>
        <source>Granted</source>
        <translation>获得</translation>
    </message>
    <message>
        <source>Reserved</source>
        <translation>预留</translation>
    </message>
    <message>
        <source>Spent</source>
        <translation>已用</translation>
    </message>
    <message>
        <source>Returned</source>
        <translation>退回</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>时间</translation>
    </message>
    <message>
        <source>What</source>
        <translation>类型</translation>
    </message>
    <message>
        <source>Job</source>
        <translation>任务</translation>
    </message>
    <message>
        <source>Credits</source>
        <translation>积分</translation>
    </message>
    <message>
        <source>Available after</source>
        <translation>余额</translation>
    </message>
    <message>
        <source>Welcome to Kinora</source>
        <translation>欢迎使用 Kinora</translation>
    </message>
</context>
<context>
    <name>kinora::exporting::ExportDialog</name>
    <message>
        <source>Mark in and out in the monitor first (I and O)</source>
        <translation>请先在监视器中标记入点和出点（I 和 O）</translation>
    </message>
    <message>
        <source>Export to</source>
        <translation>导出到</translation>
    </message>
    <message>
        <source>MP4 video (*.mp4)</source>
        <translation>MP4 视频 (*.mp4)</translation>
    </message>
    <message>
        <source>%1×%2 · %3 fps · %4</source>
        <translation>%1×%2 · %3 帧/秒 · %4</translation>
    </message>
    <message>
        <source>The timeline is empty. Place a clip first.</source>
        <translation>时间线是空的。请先放入片段。</translation>
    </message>
    <message>
        <source>Choose a file to write.</source>
        <translation>请选择要写入的文件。</translation>
    </message>
    <message>
        <source>The folder %1 is not there.</source>
        <translation>文件夹 %1 不存在。</translation>
    </message>
    <message>
        <source>replaces the file</source>
        <translation>将替换原文件</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>导出</translation>
    </message>
    <message>
        <source>Quality</source>
        <translation>质量</translation>
    </message>
    <message>
        <source>Range</source>
        <translation>范围</translation>
    </message>
    <message>
        <source>File</source>
        <translation>文件</translation>
    </message>
    <message>
        <source>High · for archives and further editing</source>
        <translation>高 · 适合存档和再剪辑</translation>
    </message>
    <message>
        <source>Standard · for sharing</source>
        <translation>标准 · 适合分享</translation>
    </message>
    <message>
        <source>Small · for messages</source>
        <translation>小 · 适合发消息</translation>
    </message>
    <message>
        <source>Whole timeline</source>
        <translation>整条时间线</translation>
    </message>
    <message>
        <source>In to out</source>
        <translation>入点到出点</translation>
    </message>
    <message>
        <source>Browse…</source>
        <translation>浏览…</translation>
    </message>
</context>
<context>
    <name>kinora::library::AssetModel</name>
    <message>
        <source>offline</source>
        <translation>离线</translation>
    </message>
    <message>
        <source>picture · %1</source>
        <translation>图片 · %1</translation>
    </message>
    <message>
        <source>%1 s</source>
        <translation>%1 秒</translation>
    </message>
    <message>
        <source>sound · %1</source>
        <translation>声音 · %1</translation>
    </message>
    <message>
        <source>take %1/%2</source>
        <translation>第 %1/%2 条</translation>
    </message>
</context>
<context>
    <name>kinora::library::InspectorPanel</name>
    <message>
        <source>Starts at</source>
        <translation>起点</translation>
    </message>
    <message>
        <source>Length</source>
        <translation>时长</translation>
    </message>
    <message>
        <source>Trimmed at the head</source>
        <translation>片头剪去</translation>
    </message>
    <message>
        <source>Picture size</source>
        <translation>画面尺寸</translation>
    </message>
    <message>
        <source>Frame rate</source>
        <translation>帧率</translation>
    </message>
    <message>
        <source>%1 fps</source>
        <translation>%1 帧/秒</translation>
    </message>
    <message>
        <source>File</source>
        <translation>文件</translation>
    </message>
    <message>
        <source>offline: %1</source>
        <translation>离线：%1</translation>
    </message>
    <message>
        <source>Select a clip or a take to see how it was made.</source>
        <translation>选择片段或素材，查看它是怎样生成的。</translation>
    </message>
    <message>
        <source>Load recipe</source>
        <translation>载入配方</translation>
    </message>
    <message>
        <source>Inspector</source>
        <translation>检查器</translation>
    </message>
</context>
<context>
    <name>kinora::library::LibraryPanel</name>
    <message>
        <source>Star</source>
        <translation>加星标</translation>
    </message>
    <message>
        <source>Reject</source>
        <translation>弃用</translation>
    </message>
    <message>
        <source>Remove from project</source>
        <translation>从项目中移除</translation>
    </message>
    <message>
        <source>It is on the timeline. Delete its clips first.</source>
        <translation>它还在时间线上。请先删除对应的片段。</translation>
    </message>
    <message>
        <source>Rename</source>
        <translation>重命名</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>Add at playhead</source>
        <translation>添加到播放头</translation>
    </message>
    <message>
        <source>Show in monitor</source>
        <translation>在监视器中查看</translation>
    </message>
    <message>
        <source>Load recipe</source>
        <translation>载入配方</translation>
    </message>
    <message>
        <source>Remove star</source>
        <translation>取消星标</translation>
    </message>
    <message>
        <source>Take back rejection</source>
        <translation>取消弃用</translation>
    </message>
    <message>
        <source>Rename…</source>
        <translation>重命名…</translation>
    </message>
    <message>
        <source>Show in file manager</source>
        <translation>在文件管理器中显示</translation>
    </message>
    <message>
        <source>Takes you generate and files you drop here appear in the library.</source>
        <translation>生成的片段和拖入的文件会出现在素材库里。</translation>
    </message>
    <message>
        <source>Nothing matches.</source>
        <translation>没有匹配的内容。</translation>
    </message>
    <message>
        <source>Library</source>
        <translation>素材库</translation>
    </message>
    <message>
        <source>Search</source>
        <translation>搜索</translation>
    </message>
    <message>
        <source>Search the library</source>
        <translation>搜索素材库</translation>
    </message>
    <message>
        <source>Filter</source>
        <translation>筛选</translation>
    </message>
    <message>
        <source>All</source>
        <translation>全部</translation>
    </message>
    <message>
        <source>Starred</source>
        <translation>星标</translation>
    </message>
    <message>
        <source>Generated</source>
        <translation>生成的</translation>
    </message>
    <message>
        <source>Imported</source>
        <translation>导入的</translation>
    </message>
    <message>
        <source>Takes and imports</source>
        <translation>生成与导入的素材</translation>
    </message>
</context>
<context>
    <name>kinora::models_panel::ModelCard</name>
    <message>
        <source>Go on</source>
        <translation>继续</translation>
    </message>
    <message>
        <source>Download</source>
        <translation>下载</translation>
    </message>
    <message>
        <source>Verify</source>
        <translation>校验</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>删除</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>移除</translation>
    </message>
</context>
<context>
    <name>kinora::models_panel::ModelsDialog</name>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>%1 is installed.</source>
        <translation>%1 已安装。</translation>
    </message>
    <message>
        <source>Delete the unfinished download of %1?</source>
        <translation>删除 %1 未下载完的内容？</translation>
    </message>
    <message>
        <source>This frees %1.</source>
        <translation>将释放 %1。</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>删除</translation>
    </message>
    <message>
        <source>Delete %1?</source>
        <translation>删除 %1？</translation>
    </message>
    <message>
        <source>Add a model&apos;s folder</source>
        <translation>添加模型文件夹</translation>
    </message>
    <message>
        <source>Models</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Installed</source>
        <translation>已安装</translation>
    </message>
    <message>
        <source>To download</source>
        <translation>可下载</translation>
    </message>
    <message>
        <source>Add folder…</source>
        <translation>添加文件夹…</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Added as %1; its files stay where they are.</source>
        <translation>已添加为 %1；文件仍留在原处。</translation>
    </message>
    <message>
        <source>%1 free</source>
        <translation>可用空间 %1</translation>
    </message>
    <message>
        <source>Models are kept in %1</source>
        <translation>模型保存在 %1</translation>
    </message>
    <message>
        <source>Looking at %1…</source>
        <translation>正在查看 %1…</translation>
    </message>
    <message>
        <source>%1 has been removed.</source>
        <translation>%1 已移除。</translation>
    </message>
    <message>
        <source>Remove %1 from the list?</source>
        <translation>将 %1 从列表中移除？</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>移除</translation>
    </message>
    <message>
        <source>This does not make a model yet: %1</source>
        <translation>还不能组成完整的模型：%1</translation>
    </message>
    <message>
        <source>Jobs in the queue need it: %1. Let them end or cancel them first.</source>
        <translation>队列中有 %1 个任务要用到它。请等任务完成或先取消。</translation>
    </message>
    <message>
        <source>Add files of a model</source>
        <translation>添加模型文件</translation>
    </message>
    <message>
        <source>Weights and tokenizers</source>
        <translation>权重和分词器</translation>
    </message>
    <message>
        <source>%1 is a LoRA. Add it in the form under Advanced.</source>
        <translation>%1 是 LoRA。请在表单的“高级”中添加。</translation>
    </message>
    <message>
        <source>So far: %1</source>
        <translation>已选：%1</translation>
    </message>
    <message>
        <source>A folder that holds a model, used in place</source>
        <translation>包含模型的文件夹，原地使用</translation>
    </message>
    <message>
        <source>Add files…</source>
        <translation>添加文件…</translation>
    </message>
    <message>
        <source>A model in parts that lie anywhere: transformer, VAE, text encoder, tokenizer</source>
        <translation>分散存放的模型部件：Transformer、VAE、文本编码器、分词器</translation>
    </message>
    <message>
        <source>Start over</source>
        <translation>重新选择</translation>
    </message>
</context>
<context>
    <name>kinora::preview::FullScreenView</name>
    <message>
        <source>Monitor</source>
        <translation>监视器</translation>
    </message>
</context>
<context>
    <name>kinora::preview::JobPreviewCard</name>
    <message>
        <source>Preview of the clip that is being made</source>
        <translation>正在生成的片段的预览</translation>
    </message>
    <message>
        <source>Hide this preview</source>
        <translation>隐藏预览</translation>
    </message>
    <message>
        <source>Being made</source>
        <translation>生成中</translation>
    </message>
    <message>
        <source>Step %1 of %2 · %3 %</source>
        <translation>第 %1/%2 步 · %3 %</translation>
    </message>
    <message>
        <source>Being made · %1 %</source>
        <translation>生成中 · %1 %</translation>
    </message>
</context>
<context>
    <name>kinora::preview::MonitorPanel</name>
    <message>
        <source>Monitor</source>
        <translation>监视器</translation>
    </message>
    <message>
        <source>Program</source>
        <translation>节目</translation>
    </message>
    <message>
        <source>Show the timeline</source>
        <translation>显示时间线</translation>
    </message>
    <message>
        <source>Source</source>
        <translation>源</translation>
    </message>
    <message>
        <source>Show one clip by itself</source>
        <translation>单独显示一个片段</translation>
    </message>
    <message>
        <source>Fit</source>
        <translation>适合</translation>
    </message>
    <message>
        <source>100 %</source>
        <translation>100 %</translation>
    </message>
    <message>
        <source>Size of the picture</source>
        <translation>画面大小</translation>
    </message>
    <message>
        <source>Full screen</source>
        <translation>全屏</translation>
    </message>
    <message>
        <source>Picture</source>
        <translation>画面</translation>
    </message>
    <message>
        <source>Your film plays here. Describe a shot on the left and press Ctrl+Enter.</source>
        <translation>影片在这里播放。在左侧描述一个镜头，然后按 Ctrl+Enter。</translation>
    </message>
    <message>
        <source>Double-click a clip to look at it here.</source>
        <translation>双击片段即可在这里查看。</translation>
    </message>
</context>
<context>
    <name>kinora::preview::TransportBar</name>
    <message>
        <source>Go to the start</source>
        <translation>跳到开头</translation>
    </message>
    <message>
        <source>Back one frame</source>
        <translation>后退一帧</translation>
    </message>
    <message>
        <source>Forward one frame</source>
        <translation>前进一帧</translation>
    </message>
    <message>
        <source>Go to the end</source>
        <translation>跳到结尾</translation>
    </message>
    <message>
        <source>Mark in</source>
        <translation>标记入点</translation>
    </message>
    <message>
        <source>Mark out</source>
        <translation>标记出点</translation>
    </message>
    <message>
        <source>Loop</source>
        <translation>循环</translation>
    </message>
    <message>
        <source>Save this frame as a picture</source>
        <translation>把这一帧存为图片</translation>
    </message>
    <message>
        <source>Use this frame as start</source>
        <translation>用这一帧作首帧</translation>
    </message>
    <message>
        <source>Position</source>
        <translation>位置</translation>
    </message>
    <message>
        <source>Position as hours:minutes:seconds:frames</source>
        <translation>位置（时:分:秒:帧）</translation>
    </message>
    <message>
        <source>Length</source>
        <translation>时长</translation>
    </message>
    <message>
        <source>%1×</source>
        <translation>%1×</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>暂停</translation>
    </message>
    <message>
        <source>Play</source>
        <translation>播放</translation>
    </message>
    <message>
        <source>Space</source>
        <translation>空格</translation>
    </message>
</context>
<context>
    <name>kinora::queue::JobCard</name>
    <message>
        <source>Cancelled · credits returned</source>
        <translation>已取消 · 积分已退回</translation>
    </message>
    <message>
        <source>Cancelled</source>
        <translation>已取消</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>重试</translation>
    </message>
    <message>
        <source>%1 · ≈ %2</source>
        <translation>%1 · ≈ %2</translation>
    </message>
    <message>
        <source>Run next</source>
        <translation>下一个运行</translation>
    </message>
    <message>
        <source>Move up	Alt+Up</source>
        <translation>上移	Alt+Up</translation>
    </message>
    <message>
        <source>Move down	Alt+Down</source>
        <translation>下移	Alt+Down</translation>
    </message>
    <message>
        <source>Show in monitor</source>
        <translation>在监视器中查看</translation>
    </message>
    <message>
        <source>Load recipe</source>
        <translation>载入配方</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>接着生成</translation>
    </message>
    <message numerus="yes">
        <source>Goes on at its last finished step · %n credits</source>
        <translation>
            <numerusform>从最后完成的一步接着算 · %n 积分</numerusform>
        </translation>
    </message>
    <message>
        <source>Goes on at its last finished step</source>
        <translation>从最后完成的一步接着算</translation>
    </message>
    <message>
        <source>Discard</source>
        <translation>丢弃进度</translation>
    </message>
    <message>
        <source>Deletes the finished steps; the job can be tried again from its first</source>
        <translation>删除已完成的步骤；之后仍可从头重试</translation>
    </message>
</context>
<context>
    <name>kinora::queue::QueuePanel</name>
    <message>
        <source>all done in %1</source>
        <translation>全部完成还需 %1</translation>
    </message>
    <message>
        <source>Now</source>
        <translation>正在进行</translation>
    </message>
    <message>
        <source>Next · paused</source>
        <translation>接下来 · 已暂停</translation>
    </message>
    <message>
        <source>Next</source>
        <translation>接下来</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>已完成</translation>
    </message>
    <message>
        <source>Clear</source>
        <translation>清除</translation>
    </message>
    <message>
        <source>Clear finished jobs</source>
        <translation>清除已结束的任务</translation>
    </message>
    <message>
        <source>Go on with the queue</source>
        <translation>继续队列</translation>
    </message>
    <message>
        <source>Pause the queue</source>
        <translation>暂停队列</translation>
    </message>
    <message>
        <source>Nothing in the queue. Write a prompt and press Ctrl+Enter.</source>
        <translation>队列是空的。写好提示词，按 Ctrl+Enter。</translation>
    </message>
    <message>
        <source>Queue</source>
        <translation>队列</translation>
    </message>
</context>
<context>
    <name>kinora::timeline::TimelinePanel</name>
    <message>
        <source>%1 %</source>
        <translation>%1 %</translation>
    </message>
    <message>
        <source>Timeline</source>
        <translation>时间线</translation>
    </message>
    <message>
        <source>Select</source>
        <translation>选择</translation>
    </message>
    <message>
        <source>Blade</source>
        <translation>刀片</translation>
    </message>
    <message>
        <source>Snap</source>
        <translation>吸附</translation>
    </message>
    <message>
        <source>Fit the whole timeline</source>
        <translation>显示整条时间线</translation>
    </message>
    <message>
        <source>Zoom</source>
        <translation>缩放</translation>
    </message>
    <message>
        <source>Zoom (=, −)</source>
        <translation>缩放 (=, −)</translation>
    </message>
</context>
<context>
    <name>kinora::timeline::TimelineView</name>
    <message>
        <source>Split clip</source>
        <translation>拆分片段</translation>
    </message>
    <message numerus="yes">
        <source>Delete %n clip(s)</source>
        <translation>
            <numerusform>删除 %n 个片段</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Cut %n clip(s)</source>
        <translation>
            <numerusform>剪切 %n 个片段</numerusform>
        </translation>
    </message>
    <message>
        <source>Paste</source>
        <translation>粘贴</translation>
    </message>
    <message numerus="yes">
        <source>Duplicate %n clip(s)</source>
        <translation>
            <numerusform>复制 %n 个片段</numerusform>
        </translation>
    </message>
    <message>
        <source>Replace take</source>
        <translation>替换版本</translation>
    </message>
    <message>
        <source>Add clip</source>
        <translation>添加片段</translation>
    </message>
    <message numerus="yes">
        <source>Import %n file(s)</source>
        <translation>
            <numerusform>导入 %n 个文件</numerusform>
        </translation>
    </message>
    <message>
        <source>Show track</source>
        <translation>显示轨道</translation>
    </message>
    <message>
        <source>Hide track</source>
        <translation>隐藏轨道</translation>
    </message>
    <message>
        <source>Unlock track</source>
        <translation>解锁轨道</translation>
    </message>
    <message>
        <source>Lock track</source>
        <translation>锁定轨道</translation>
    </message>
    <message>
        <source>%1
%2 at %3</source>
        <translation>%1
%2，位于 %3</translation>
    </message>
    <message>
        <source>Timeline</source>
        <translation>时间线</translation>
    </message>
    <message>
        <source>Left and right move the playhead by a frame, with Shift by a second</source>
        <translation>左右键移动播放头一帧，按住 Shift 移动一秒</translation>
    </message>
    <message>
        <source>Trim to the playhead</source>
        <translation>裁剪到播放头</translation>
    </message>
</context>
<context>
    <name>kinora::window::ActionSet</name>
    <message>
        <source>New project</source>
        <translation>新建项目</translation>
    </message>
    <message>
        <source>Open…</source>
        <translation>打开…</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>保存</translation>
    </message>
    <message>
        <source>Save as…</source>
        <translation>另存为…</translation>
    </message>
    <message>
        <source>Import media…</source>
        <translation>导入媒体…</translation>
    </message>
    <message>
        <source>Export…</source>
        <translation>导出…</translation>
    </message>
    <message>
        <source>Quit</source>
        <translation>退出</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>撤销</translation>
    </message>
    <message>
        <source>Redo</source>
        <translation>重做</translation>
    </message>
    <message>
        <source>Cut</source>
        <translation>剪切</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>拷贝</translation>
    </message>
    <message>
        <source>Paste</source>
        <translation>粘贴</translation>
    </message>
    <message>
        <source>Duplicate</source>
        <translation>再制</translation>
    </message>
    <message>
        <source>Select all</source>
        <translation>全选</translation>
    </message>
    <message>
        <source>Select none</source>
        <translation>取消选择</translation>
    </message>
    <message>
        <source>Delete, leave a gap</source>
        <translation>删除并留空</translation>
    </message>
    <message>
        <source>Delete and close the gap</source>
        <translation>删除并合拢</translation>
    </message>
    <message>
        <source>Play or pause</source>
        <translation>播放或暂停</translation>
    </message>
    <message>
        <source>Play backwards, again: faster</source>
        <translation>倒放，再按加速</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>Play forwards, again: faster</source>
        <translation>正放，再按加速</translation>
    </message>
    <message>
        <source>One frame back</source>
        <translation>后退一帧</translation>
    </message>
    <message>
        <source>One frame forward</source>
        <translation>前进一帧</translation>
    </message>
    <message>
        <source>One second back</source>
        <translation>后退一秒</translation>
    </message>
    <message>
        <source>One second forward</source>
        <translation>前进一秒</translation>
    </message>
    <message>
        <source>Previous cut</source>
        <translation>上一个剪切点</translation>
    </message>
    <message>
        <source>Next cut</source>
        <translation>下一个剪切点</translation>
    </message>
    <message>
        <source>Go to the start</source>
        <translation>跳到开头</translation>
    </message>
    <message>
        <source>Go to the end</source>
        <translation>跳到结尾</translation>
    </message>
    <message>
        <source>Mark in</source>
        <translation>标记入点</translation>
    </message>
    <message>
        <source>Mark out</source>
        <translation>标记出点</translation>
    </message>
    <message>
        <source>Clear in and out</source>
        <translation>清除入点和出点</translation>
    </message>
    <message>
        <source>Loop</source>
        <translation>循环</translation>
    </message>
    <message>
        <source>Split at the playhead</source>
        <translation>在播放头处拆分</translation>
    </message>
    <message>
        <source>Split all tracks at the playhead</source>
        <translation>在播放头处拆分所有轨道</translation>
    </message>
    <message>
        <source>Select tool</source>
        <translation>选择工具</translation>
    </message>
    <message>
        <source>Blade tool</source>
        <translation>刀片工具</translation>
    </message>
    <message>
        <source>Snapping on or off</source>
        <translation>开关吸附</translation>
    </message>
    <message>
        <source>Insert the library&apos;s clip at the playhead</source>
        <translation>把素材插入播放头处</translation>
    </message>
    <message>
        <source>Overwrite with the library&apos;s clip</source>
        <translation>用素材覆盖</translation>
    </message>
    <message>
        <source>Show the clip&apos;s source</source>
        <translation>查看片段的源素材</translation>
    </message>
    <message>
        <source>Save the frame as a picture…</source>
        <translation>把当前帧存为图片…</translation>
    </message>
    <message>
        <source>Use the frame as start frame</source>
        <translation>用当前帧作首帧</translation>
    </message>
    <message>
        <source>Generate</source>
        <translation>生成</translation>
    </message>
    <message>
        <source>Generate next</source>
        <translation>下一个就生成</translation>
    </message>
    <message>
        <source>New take of the clip</source>
        <translation>为片段再生成一条</translation>
    </message>
    <message>
        <source>Previous take</source>
        <translation>上一条</translation>
    </message>
    <message>
        <source>Next take</source>
        <translation>下一条</translation>
    </message>
    <message>
        <source>Cancel the running job</source>
        <translation>取消正在运行的任务</translation>
    </message>
    <message>
        <source>Workspace Create</source>
        <translation>工作区：创作</translation>
    </message>
    <message>
        <source>Workspace Edit</source>
        <translation>工作区：剪辑</translation>
    </message>
    <message>
        <source>Workspace Export</source>
        <translation>工作区：导出</translation>
    </message>
    <message>
        <source>Monitor full screen</source>
        <translation>监视器全屏</translation>
    </message>
    <message>
        <source>Zoom in</source>
        <translation>放大</translation>
    </message>
    <message>
        <source>Zoom out</source>
        <translation>缩小</translation>
    </message>
    <message>
        <source>Show the whole timeline</source>
        <translation>显示整条时间线</translation>
    </message>
    <message>
        <source>Arrange panels</source>
        <translation>调整面板</translation>
    </message>
    <message>
        <source>Reset layout</source>
        <translation>重置布局</translation>
    </message>
    <message>
        <source>Keyboard shortcuts</source>
        <translation>键盘快捷键</translation>
    </message>
    <message>
        <source>About Kinora</source>
        <translation>关于 Kinora</translation>
    </message>
    <message>
        <source>File</source>
        <translation>文件</translation>
    </message>
    <message>
        <source>Edit</source>
        <translation>编辑</translation>
    </message>
    <message>
        <source>Play</source>
        <translation>播放</translation>
    </message>
    <message>
        <source>Clip</source>
        <translation>片段</translation>
    </message>
    <message>
        <source>View</source>
        <translation>视图</translation>
    </message>
    <message>
        <source>Help</source>
        <translation>帮助</translation>
    </message>
    <message>
        <source> or </source>
        <translation> 或 </translation>
    </message>
    <message>
        <source>Trim the start to the playhead</source>
        <translation>把开头裁剪到播放头</translation>
    </message>
    <message>
        <source>Trim the end to the playhead</source>
        <translation>把结尾裁剪到播放头</translation>
    </message>
    <message>
        <source>Models…</source>
        <translation>模型…</translation>
    </message>
</context>
<context>
    <name>kinora::window::ClipCommands</name>
    <message>
        <source>Select a clip that was generated to make a new take of it.</source>
        <translation>请选择一个生成的片段，再为它生成新的一条。</translation>
    </message>
    <message>
        <source>The clip has one take. Ctrl+R makes another.</source>
        <translation>这个片段只有一条。按 Ctrl+R 再生成一条。</translation>
    </message>
    <message>
        <source>Change take</source>
        <translation>更换版本</translation>
    </message>
    <message>
        <source>Select a take in the library first.</source>
        <translation>请先在素材库中选择素材。</translation>
    </message>
    <message>
        <source>Add clip</source>
        <translation>添加片段</translation>
    </message>
</context>
<context>
    <name>kinora::window::DropRouter</name>
    <message>
        <source>Use as start frame</source>
        <translation>用作首帧</translation>
    </message>
    <message>
        <source>Open the project</source>
        <translation>打开项目</translation>
    </message>
    <message>
        <source>Import into the library</source>
        <translation>导入素材库</translation>
    </message>
    <message>
        <source>Kinora does not know this kind of file</source>
        <translation>Kinora 不认识这种文件</translation>
    </message>
    <message>
        <source>Use as LoRA</source>
        <translation>作为 LoRA 使用</translation>
    </message>
    <message>
        <source>Add as a model, used where it lies</source>
        <translation>作为模型添加，原地使用</translation>
    </message>
</context>
<context>
    <name>kinora::window::JobLander</name>
    <message>
        <source>Add clip</source>
        <translation>添加片段</translation>
    </message>
    <message>
        <source>Take %1 added to the library</source>
        <translation>第 %1 条已加入素材库</translation>
    </message>
    <message>
        <source>Clip added to the library</source>
        <translation>片段已加入素材库</translation>
    </message>
    <message>
        <source>Take %1 placed at %2</source>
        <translation>第 %1 条已放到 %2</translation>
    </message>
    <message>
        <source>Clip added at %1</source>
        <translation>片段已添加到 %1</translation>
    </message>
</context>
<context>
    <name>kinora::window::MainWindow</name>
    <message>
        <source>Kinora ended unexpectedly. “%1” has unsaved work of %2.</source>
        <translation>Kinora 上次意外退出。“%1”有 %2 未保存的内容。</translation>
    </message>
    <message>
        <source>Restore</source>
        <translation>恢复</translation>
    </message>
    <message>
        <source>Discard</source>
        <translation>放弃</translation>
    </message>
    <message>
        <source>Interrupted jobs: %1 · credits returned</source>
        <translation>中断的任务：%1 · 积分已退回</translation>
    </message>
    <message>
        <source>Show</source>
        <translation>查看</translation>
    </message>
    <message>
        <source>Kinora %1</source>
        <translation>Kinora %1</translation>
    </message>
    <message>
        <source>Makes short AI video on your own machine. Free software under the GNU General Public License, version 3 or later.</source>
        <translation>在自己的电脑上制作 AI 短视频。自由软件，采用 GNU 通用公共许可证第 3 版或更高版本。</translation>
    </message>
    <message>
        <source>&amp;File</source>
        <translation>文件(&amp;F)</translation>
    </message>
    <message>
        <source>Open recent</source>
        <translation>打开最近的项目</translation>
    </message>
    <message>
        <source>&amp;Edit</source>
        <translation>编辑(&amp;E)</translation>
    </message>
    <message>
        <source>&amp;Clip</source>
        <translation>片段(&amp;C)</translation>
    </message>
    <message>
        <source>Play</source>
        <translation>播放</translation>
    </message>
    <message>
        <source>&amp;Generate</source>
        <translation>生成(&amp;G)</translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation>视图(&amp;V)</translation>
    </message>
    <message>
        <source>Panels</source>
        <translation>面板</translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation>帮助(&amp;H)</translation>
    </message>
    <message>
        <source>Theme</source>
        <translation>主题</translation>
    </message>
    <message>
        <source>As the system</source>
        <translation>跟随系统</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>深色</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>浅色</translation>
    </message>
    <message>
        <source>Language</source>
        <translation>语言</translation>
    </message>
    <message>
        <source>Library</source>
        <translation>素材库</translation>
    </message>
    <message>
        <source>Inspector</source>
        <translation>检查器</translation>
    </message>
    <message>
        <source>Queue</source>
        <translation>队列</translation>
    </message>
    <message>
        <source>Undo: %1</source>
        <translation>撤销：%1</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>撤销</translation>
    </message>
    <message>
        <source>Redo: %1</source>
        <translation>重做：%1</translation>
    </message>
    <message>
        <source>Redo</source>
        <translation>重做</translation>
    </message>
    <message>
        <source>“%1” is done</source>
        <translation>“%1”已完成</translation>
    </message>
    <message>
        <source>Add to this project</source>
        <translation>添加到此项目</translation>
    </message>
    <message>
        <source>Exported: %1</source>
        <translation>已导出：%1</translation>
    </message>
    <message>
        <source>Show in folder</source>
        <translation>在文件夹中显示</translation>
    </message>
    <message>
        <source>Frame saved: %1</source>
        <translation>已保存画面：%1</translation>
    </message>
    <message>
        <source>Add to the library</source>
        <translation>加入素材库</translation>
    </message>
    <message>
        <source>Kinora does not know this kind of file: %1</source>
        <translation>Kinora 不认识这种文件：%1</translation>
    </message>
    <message>
        <source>The file is offline: %1</source>
        <translation>文件离线：%1</translation>
    </message>
    <message>
        <source>Recipe loaded. Its seed %1 gives the same clip again.</source>
        <translation>配方已载入。沿用种子 %1 会得到同样的片段。</translation>
    </message>
    <message>
        <source>Same seed</source>
        <translation>沿用种子</translation>
    </message>
    <message>
        <source>New seed</source>
        <translation>换新种子</translation>
    </message>
    <message>
        <source>The example took the place of your prompt</source>
        <translation>示例替换了提示词</translation>
    </message>
</context>
<context>
    <name>kinora::window::MediaImport</name>
    <message>
        <source>Import media</source>
        <translation>导入媒体</translation>
    </message>
</context>
<context>
    <name>kinora::window::PanelLayout</name>
    <message>
        <source>Create</source>
        <translation>创作</translation>
    </message>
    <message>
        <source>Timeline</source>
        <translation>时间线</translation>
    </message>
    <message>
        <source>Library, inspector, queue</source>
        <translation>素材库、检查器、队列</translation>
    </message>
</context>
<context>
    <name>kinora::window::ProjectCommands</name>
    <message>
        <source>Untitled</source>
        <translation>未命名</translation>
    </message>
    <message>
        <source>On the beach, day turns to night</source>
        <translation>沙滩上，天黑了</translation>
    </message>
    <message>
        <source>Clear the list</source>
        <translation>清除列表</translation>
    </message>
</context>
<context>
    <name>kinora::window::ShortcutsDialog</name>
    <message>
        <source>Keyboard shortcuts</source>
        <translation>键盘快捷键</translation>
    </message>
    <message>
        <source>Search</source>
        <translation>搜索</translation>
    </message>
    <message>
        <source>Search the shortcuts</source>
        <translation>搜索快捷键</translation>
    </message>
</context>
<context>
    <name>kinora::window::StatusBar</name>
    <message>
        <source>%1 of %2 GB</source>
        <translation>%1 / %2 GB</translation>
    </message>
    <message>
        <source>Memory</source>
        <translation>内存</translation>
    </message>
    <message>
        <source>No model loaded</source>
        <translation>未加载模型</translation>
    </message>
    <message>
        <source>Disk %1 GB free</source>
        <translation>磁盘剩余 %1 GB</translation>
    </message>
    <message>
        <source>Loading the engine…</source>
        <translation>正在加载引擎…</translation>
    </message>
    <message>
        <source>Engine not available: %1</source>
        <translation>引擎不可用：%1</translation>
    </message>
    <message>
        <source>just now</source>
        <translation>刚刚</translation>
    </message>
    <message>
        <source>%1 s ago</source>
        <translation>%1 秒前</translation>
    </message>
    <message>
        <source>%1 min ago</source>
        <translation>%1 分钟前</translation>
    </message>
    <message>
        <source>Saved %1</source>
        <translation>已保存 %1</translation>
    </message>
    <message>
        <source>Autosaved %1</source>
        <translation>已自动保存 %1</translation>
    </message>
    <message>
        <source>Status</source>
        <translation>状态</translation>
    </message>
    <message>
        <source>Transformer</source>
        <translation>Transformer</translation>
    </message>
    <message>
        <source>Second transformer</source>
        <translation>第二个 Transformer</translation>
    </message>
    <message>
        <source>Text encoder</source>
        <translation>文本编码器</translation>
    </message>
    <message>
        <source>Image encoder</source>
        <translation>图像编码器</translation>
    </message>
    <message>
        <source>VAE</source>
        <translation>VAE</translation>
    </message>
    <message>
        <source>%1 · %2</source>
        <translation>%1 · %2</translation>
    </message>
    <message>
        <source>Keep models loaded between jobs</source>
        <translation>任务之间保留已载入的模型</translation>
    </message>
    <message>
        <source>Unload now</source>
        <translation>立即卸载</translation>
    </message>
    <message>
        <source>%1 loaded · %2</source>
        <translation>已载入 %1 · %2</translation>
    </message>
</context>
<context>
    <name>kinora::window::TopBar</name>
    <message>
        <source>Untitled</source>
        <translation>未命名</translation>
    </message>
    <message>
        <source>Not saved yet (Ctrl+S)</source>
        <translation>尚未保存 (Ctrl+S)</translation>
    </message>
    <message>
        <source>Not saved yet</source>
        <translation>尚未保存</translation>
    </message>
    <message>
        <source>Workspace</source>
        <translation>工作区</translation>
    </message>
    <message>
        <source>Create</source>
        <translation>创作</translation>
    </message>
    <message>
        <source>Edit</source>
        <translation>剪辑</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>导出</translation>
    </message>
</context>
</TS>
